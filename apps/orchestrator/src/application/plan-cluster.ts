import type { Instant } from '@gauntlet/shared/kernel/instant';
import { allocateAdaptively } from './analysis/adaptive-allocation.ts';
import { changeState, personStopReason } from './change-state.ts';
import { forgetCampaign, forgetQueued, type VmOnItsWay } from './engine-state.ts';
import { evaluateStopRules } from './evaluate-stop-rules.ts';
import { keepWindow } from './keep-windows.ts';
import { type LockedCluster, lockCluster } from './lock-cluster.ts';
import type { Parts } from './parts.ts';
import { type Planning, planAttempts, scanEnd } from './plan-attempts.ts';
import type { Stores } from './ports.ts';
import type {
  CampaignRecord,
  InFlightAttempt,
  NewAttempt,
  PlacementRecord,
  PlanCursor,
} from './records.ts';
import { rememberHosts } from './refresh-inventory.ts';

/** What a cluster needs once its plan is stored; all of it is outside the transaction. */
export interface ClusterPlan {
  readonly campaigns: readonly CampaignRecord[];
  readonly revision: number;
  /** New attempts, in the order of their ordinals. */
  readonly planned: readonly NewAttempt[];
  /** Noted as queued in this transaction. */
  readonly notedIds: readonly string[];
  /** Planned before and not known to be queued. */
  readonly unqueuedIds: readonly string[];
  /** Waiting attempts of campaigns that are paused: to be taken off the queue. */
  readonly toParkIds: readonly string[];
  /** Waiting attempts of campaigns that are ending. */
  readonly toCancel: readonly InFlightAttempt[];
  readonly toPutBack: readonly { readonly campaign: CampaignRecord; readonly vms: VmOnItsWay[] }[];
  readonly changedCampaignIds: readonly string[];
}

interface Scene {
  readonly parts: Parts;
  readonly stores: Stores;
  readonly clusterId: string;
  readonly at: Instant;
  readonly campaigns: readonly CampaignRecord[];
  readonly placements: ReadonlyMap<string, PlacementRecord>;
  /** Grows with every attempt that is planned. */
  readonly inFlight: InFlightAttempt[];
  readonly changed: Set<string>;
}

/**
 * One transaction under the cluster's lock: ends what has to end, plans what may start now, stores
 * it. Nothing is told to the queue here.
 */
export async function planCluster(parts: Parts, clusterId: string): Promise<ClusterPlan | null> {
  const at = parts.clock.now();
  const plan = await parts.transact(async (stores) => {
    const locked = await lockCluster(stores, clusterId);
    if (locked === undefined || locked.campaigns.length === 0) return null;
    return planLocked({ parts, stores, at }, locked);
  });
  if (plan !== null) forgetQueued(parts.state, clusterId, plan.notedIds);
  return plan;
}

/** The same within a transaction that holds the cluster's lock. */
export async function planLocked(
  { parts, stores, at }: Pick<Scene, 'parts' | 'stores' | 'at'>,
  { cluster, campaigns, placements, ...locked }: LockedCluster,
): Promise<ClusterPlan> {
  const clusterId = cluster.id;
  const notedIds = await noteWhatIsQueued(parts, stores, { cluster, inFlight: locked.inFlight });
  const inFlight = asNoted(locked.inFlight, notedIds);
  const changed = new Set<string>();
  const scene = { parts, stores, clusterId, at, campaigns, placements, inFlight, changed };
  const waiting = inFlight.filter((one) => one.state === 'planned' || one.state === 'queued');
  const live = await keepWindows(scene, await endWhatIsOver(scene));
  const maySchedule = cluster.stoppedAt === null && !parts.state.mustLook.has(clusterId);
  const planned = maySchedule ? await planAll(scene, live) : [];
  const byState = Map.groupBy(waiting, (one) => stateOf(live, one.campaignId));
  const running = byState.get('running') ?? [];
  const resting = [...(byState.get('paused') ?? []), ...(byState.get('waiting-for-window') ?? [])];
  const unqueued = cluster.stoppedAt === null ? idsIn(running, 'planned') : [];
  return {
    campaigns: live,
    revision: cluster.revision,
    planned,
    notedIds,
    unqueuedIds: unqueued.filter((id) => !parts.state.enqueuing.has(id)),
    toParkIds: idsIn(resting, 'queued'),
    toCancel: byState.get('stopping') ?? [],
    toPutBack: await concludeStopping(scene, live, cluster.stoppedAt !== null),
    changedCampaignIds: [...changed],
  };
}

/** True when the plan asks for more than new attempts on the queue. */
export function asksForMore(plan: ClusterPlan): boolean {
  const { unqueuedIds, toParkIds, toCancel, toPutBack } = plan;
  return [unqueuedIds, toParkIds, toCancel, toPutBack].some((list) => list.length > 0);
}

/** Marks what went on the queue since the last transaction; an attempt may be settled before that. */
async function noteWhatIsQueued(
  { state }: Parts,
  { attempts }: Stores,
  { cluster, inFlight }: Pick<LockedCluster, 'cluster' | 'inFlight'>,
): Promise<string[]> {
  const noted = new Map(state.queued.get(cluster.id));
  const planned = inFlight.filter((attempt) => attempt.state === 'planned');
  await attempts.markQueued(
    planned.flatMap(({ id }) => {
      const at = noted.get(id);
      return at === undefined ? [] : [{ id, at }];
    }),
  );
  return [...noted.keys()];
}

/** The attempts as they are once those that were noted are marked. */
function asNoted(
  attempts: readonly InFlightAttempt[],
  notedIds: readonly string[],
): InFlightAttempt[] {
  const noted = new Set(notedIds);
  return attempts.map((one) =>
    one.state === 'planned' && noted.has(one.id) ? { ...one, state: 'queued' } : one,
  );
}

function stateOf(campaigns: readonly CampaignRecord[], id: string) {
  return campaigns.find((campaign) => campaign.id === id)?.state;
}

function idsIn(attempts: readonly InFlightAttempt[], state: InFlightAttempt['state']): string[] {
  return attempts.filter((attempt) => attempt.state === state).map((attempt) => attempt.id);
}

/** Running campaigns whose stop rule holds begin to end. Resolves with all as they are now. */
async function endWhatIsOver(scene: Scene): Promise<CampaignRecord[]> {
  const { stores, at, campaigns } = scene;
  const live: CampaignRecord[] = [];
  for (const campaign of campaigns) {
    const inFlight = countOf(scene, campaign.id);
    const sight = { campaign, at, inFlight, bugchecksOfLargestBucket: null, verdict: null };
    const reason = mayEnd(campaign) ? evaluateStopRules(sight) : null;
    if (reason === null) {
      live.push(campaign);
      continue;
    }
    const stopping = { state: 'stopping', because: reason, endReason: reason } as const;
    live.push(await changeState(stores, campaign, stopping, at));
    scene.changed.add(campaign.id);
  }
  return live;
}

/** A campaign that waits for its window may be done all the same. */
function mayEnd({ state }: CampaignRecord): boolean {
  return state === 'running' || state === 'waiting-for-window';
}

async function keepWindows(
  { parts, stores, at, changed }: Scene,
  live: readonly CampaignRecord[],
): Promise<CampaignRecord[]> {
  const kept: CampaignRecord[] = [];
  for (const campaign of live) {
    const now = await keepWindow(parts, stores, campaign, at);
    if (now !== campaign) changed.add(campaign.id);
    kept.push(now);
  }
  return kept;
}

function countOf({ inFlight }: Scene, campaignId: string): number {
  return inFlight.filter((attempt) => attempt.campaignId === campaignId).length;
}

async function planAll(scene: Scene, live: readonly CampaignRecord[]): Promise<NewAttempt[]> {
  const planned: NewAttempt[] = [];
  for (const campaign of live) {
    if (campaign.state === 'running') planned.push(...(await planOne(scene, campaign)));
  }
  return planned;
}

async function planOne(scene: Scene, campaign: CampaignRecord): Promise<NewAttempt[]> {
  const planning = await callPlanner(scene, campaign);
  const attempts = planning.attempts.map((attempt) => ({
    id: scene.parts.ids.next(),
    campaignId: campaign.id,
    clusterId: scene.clusterId,
    ordinal: attempt.ordinal,
    arm: attempt.arm,
    probability: attempt.probability,
    action: campaign.config.action,
    vmId: attempt.vm.id,
    vmName: attempt.vm.name,
    source: attempt.source,
    target: attempt.target,
    plannedAt: scene.at,
  }));
  for (const attempt of attempts) scene.parts.state.enqueuing.add(attempt.id);
  for (const attempt of attempts) scene.inFlight.push({ ...attempt, state: 'planned' });
  await Promise.all([
    scene.stores.attempts.insert(attempts),
    savePlanning(scene, campaign, planning),
  ]);
  return attempts;
}

async function callPlanner(scene: Scene, campaign: CampaignRecord): Promise<Planning> {
  const { config, plan } = campaign;
  const onTheirWay = [...scene.parts.state.puttingBack.values()]
    .flat()
    .filter((vm) => vm.clusterId === scene.clusterId);
  const arms = plan.arms.map((arm, index) => ({
    ...arm,
    probability: config.arms[index]?.probability ?? 0,
  }));
  const scanned = { arms, limits: config.limits, cursor: campaign.cursor };
  const range = { from: campaign.cursor.next, to: scanEnd(scanned) };
  return planAttempts({
    seed: config.seed,
    action: config.action,
    policy: config.placement.policy,
    arms,
    allocateVm: await allocateAdaptively(scene.stores, campaign, range),
    hosts: plan.hosts,
    cursor: campaign.cursor,
    attemptsMax: config.stop.attemptsMax,
    limits: config.limits,
    hostsUp: await hostsUpOf(scene),
    placements: scene.placements,
    inFlight: [...scene.inFlight, ...onTheirWay],
    campaignInFlight: countOf(scene, campaign.id),
    at: scene.at,
  });
}

async function hostsUpOf({ parts, stores, clusterId }: Scene) {
  const { state } = parts;
  if (!state.hostsUp.has(clusterId)) {
    const inventory = await stores.clusters.readInventory(clusterId);
    if (inventory !== undefined) rememberHosts(state, clusterId, inventory);
  }
  return state.hostsUp.get(clusterId) ?? new Map<string, number | null>();
}

async function savePlanning(scene: Scene, campaign: CampaignRecord, planning: Planning) {
  const { cursor, blockedBecause } = planning;
  const moved = !sameCursor(cursor, campaign.cursor);
  const news = blockedBecause !== campaign.blockedBecause;
  if (!moved && !news) return;
  if (news) scene.changed.add(campaign.id);
  await scene.stores.campaigns.update(campaign.id, {
    ...(moved ? { cursor } : {}),
    ...(news ? { blockedBecause } : {}),
  });
}

function sameCursor(a: PlanCursor, b: PlanCursor): boolean {
  return (
    a.next === b.next &&
    a.planned === b.planned &&
    a.skipped === b.skipped &&
    a.ahead.length === b.ahead.length
  );
}

/** The stopping campaigns that have nothing in flight, and which of their VMs must go home. */
async function concludeStopping(
  scene: Scene,
  live: readonly CampaignRecord[],
  isStopped: boolean,
): Promise<{ campaign: CampaignRecord; vms: VmOnItsWay[] }[]> {
  const toPutBack: { campaign: CampaignRecord; vms: VmOnItsWay[] }[] = [];
  for (const campaign of live) {
    if (campaign.state !== 'stopping' || countOf(scene, campaign.id) > 0) continue;
    if (scene.parts.state.puttingBack.has(campaign.id)) continue;
    if (campaign.cursor.planned === 0) {
      await concludeCampaign(scene.stores, campaign, scene.at);
      forgetCampaign(scene.parts.state, campaign.id);
      scene.changed.add(campaign.id);
      continue;
    }
    if (isStopped) continue; // putting back migrates, too: it waits for the release
    toPutBack.push({ campaign, vms: awayFromHome(scene, campaign, live) });
  }
  return toPutBack;
}

/** @throws when the campaign is over already: nothing ends twice */
export async function concludeCampaign(
  stores: Stores,
  campaign: CampaignRecord,
  at: Instant,
): Promise<void> {
  const state = campaign.endReason === personStopReason ? 'stopped' : 'finished';
  await changeState(stores, campaign, { state, because: campaign.endReason }, at);
}

/** The campaign's VMs that stand elsewhere than at its start and that no other campaign moves. */
function awayFromHome(
  { placements, clusterId, inFlight }: Scene,
  campaign: CampaignRecord,
  live: readonly CampaignRecord[],
): VmOnItsWay[] {
  const others = live.filter((other) => other.id !== campaign.id && other.state !== 'stopping');
  const theirs = new Set(
    others.flatMap(({ plan }) => plan.arms.flatMap((arm) => arm.vms)).map((vm) => vm.id),
  );
  const flying = new Set(inFlight.map((attempt) => attempt.vmId));
  const vms = new Map(campaign.plan.arms.flatMap((arm) => arm.vms).map((vm) => [vm.id, vm]));
  return [...vms.values()].flatMap((vm) => {
    const placement = placements.get(vm.id);
    const host = placement?.host ?? null;
    if (host === null || placement?.usable !== true || host === vm.home) return [];
    if (theirs.has(vm.id) || flying.has(vm.id)) return [];
    return [{ clusterId, vmId: vm.id, source: host, target: vm.home }];
  });
}
