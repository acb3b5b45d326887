import type { Instant } from '@gauntlet/shared/kernel/instant';
import { changeState } from './change-state.ts';
import { evaluateGuards, type GuardSight, withdrawAccepted } from './evaluate-guards.ts';
import type { Parts } from './parts.ts';
import type { Stores } from './ports.ts';
import type { Acknowledged, CampaignRecord, GuardTrip, PlacementRecord } from './records.ts';
import { askSource, known, type Source, take } from './source.ts';
import type { Watch } from './watch.ts';
import { watchCluster } from './watch-cluster.ts';

const readMsMax = 5_000;
/** The timer evaluates every few seconds; a settled batch trusts no older watch than this. */
const watchAgeMsMax = 120_000;

export const nothingAcknowledged: Acknowledged = { values: {}, failed: 0, ran: 0 };

/** Evaluates the guards of one cluster's campaigns; called on a timer. @returns how many tripped */
export async function guardCampaigns(parts: Parts, clusterId: string): Promise<number> {
  const cluster = await parts.stores.clusters.find(clusterId);
  if (cluster === undefined) return 0;
  const watch = await watchCluster(parts, cluster);
  let tripped = 0;
  for (const campaign of await parts.stores.campaigns.listActive(clusterId)) {
    if (campaign.state === 'waiting-for-window') await keepOutsiders(parts, campaign, watch);
    if (campaign.state !== 'running') continue;
    const sight = await readSight(parts, campaign, watch);
    const trip = evaluateGuards(sight);
    if (trip !== null && (await pauseLocked(parts, campaign, trip))) tripped += 1;
    else if (trip === null) await keepAcknowledged(parts, campaign, withdrawAccepted(sight));
  }
  return tripped;
}

async function readSight(
  parts: Parts,
  campaign: CampaignRecord,
  watch: Watch,
): Promise<GuardSight> {
  const { stores, clock } = parts;
  const ask = <Value>(read: () => Promise<Value>) => askSource(clock, readMsMax, read);
  const [tallies, placements, outside] = await Promise.all([
    ask(() => stores.campaigns.readTallies(campaign.id)),
    ask(() => stores.placements.list(campaign.clusterId)),
    ask(() => outsidersOf(parts, campaign)),
  ]);
  return {
    ...fromCampaign(campaign),
    ...fromWatch(campaign, watch, outside),
    tallies,
    unhealthyVms: placements.ok ? known(unhealthyOf(campaign, placements.value)) : placements,
    foreignVms: [],
  };
}

/** The same in the transaction that settles: what it read there, and what the timer saw last. */
export function settledSight(
  { state, clock }: Pick<Parts, 'state' | 'clock'>,
  campaign: CampaignRecord,
  seen: Pick<GuardSight, 'tallies' | 'foreignVms'> & {
    readonly placements: ReadonlyMap<string, PlacementRecord>;
  },
): GuardSight {
  const watch = state.watched.get(campaign.clusterId);
  const ageMs = watch === undefined ? 0 : clock.monotonicMs() - watch.atMs;
  const old: Source<never> = {
    ok: false,
    because: `the guards were last told ${Math.round(ageMs / 1000)} s ago`,
  };
  const outside = known(state.outsiders.get(campaign.id) ?? []);
  return {
    ...fromCampaign(campaign),
    ...(watch === undefined ? untold : fromWatch(campaign, watch, outside)),
    ...(ageMs > watchAgeMsMax ? { hostsDown: old } : {}),
    tallies: seen.tallies,
    foreignVms: seen.foreignVms,
    unhealthyVms: known(unhealthyOf(campaign, [...seen.placements.values()])),
  };
}

/** Before the timer's first round: it comes within seconds. */
const untold = {
  hostsDown: known<readonly string[]>([]),
  outsideVmsDown: known<readonly string[]>([]),
  evidenceFreeMiB: known(Number.MAX_SAFE_INTEGER),
  workerSilentMs: known(0),
};

function fromCampaign({ config, safety, failedInARow, plan }: CampaignRecord) {
  const vms = new Set(plan.arms.flatMap((arm) => arm.vms).map((vm) => vm.id));
  const acknowledged = safety.acknowledged ?? nothingAcknowledged;
  return {
    config,
    acknowledged,
    failedInARow,
    vmCount: vms.size,
    hostCount: plan.hosts.length,
  };
}

function fromWatch(
  { plan }: CampaignRecord,
  { inventory, evidenceFreeMiB, workerSilentMs }: Watch,
  outside: Source<readonly { readonly id: string; readonly name: string }[]>,
) {
  const hostsDown = derive(() => {
    const up = new Set(
      take(inventory)
        .hosts.filter((host) => host.state === 'up')
        .map((host) => host.name),
    );
    return plan.hosts.filter((host) => !up.has(host));
  });
  const outsideVmsDown = derive(() => {
    const running = new Set(
      take(inventory)
        .vms.filter((vm) => vm.state === 'running')
        .map((vm) => vm.id),
    );
    return take(outside)
      .filter((vm) => !running.has(vm.id))
      .map((vm) => vm.name);
  });
  return { hostsDown, outsideVmsDown, evidenceFreeMiB, workerSilentMs };
}

function derive<Value>(read: () => Value): Source<Value> {
  try {
    return known(read());
  } catch (error) {
    return { ok: false, because: error instanceof Error ? error.message : String(error) };
  }
}

function unhealthyOf({ plan }: CampaignRecord, placements: readonly PlacementRecord[]): string[] {
  const usable = new Set(placements.filter((one) => one.usable).map((one) => one.vmId));
  const vms = new Map(plan.arms.flatMap((arm) => arm.vms).map((vm) => [vm.id, vm.name]));
  return [...vms].flatMap(([id, name]) => (usable.has(id) ? [] : [name]));
}

async function outsidersOf({ state, stores }: Parts, campaign: CampaignRecord) {
  const cached = state.outsiders.get(campaign.id);
  if (cached !== undefined) return cached;
  const before = await stores.campaigns.readBefore(campaign.id);
  const outside = before?.outside ?? [];
  state.outsiders.set(campaign.id, outside);
  return outside;
}

/** By day other people may do with their VMs as they like: a night begins with those that run. */
async function keepOutsiders(
  parts: Parts,
  campaign: CampaignRecord,
  { inventory }: Watch,
): Promise<void> {
  if (!inventory.ok) return;
  const own = new Set(campaign.plan.arms.flatMap((arm) => arm.vms).map((vm) => vm.id));
  const outside = inventory.value.vms
    .filter((vm) => vm.state === 'running' && !own.has(vm.id))
    .map(({ id, name }) => ({ id, name }));
  const known = await outsidersOf(parts, campaign);
  if (JSON.stringify(known) === JSON.stringify(outside)) return;
  const before = await parts.stores.campaigns.readBefore(campaign.id);
  await parts.stores.campaigns.saveBefore(campaign.id, { vms: before?.vms ?? [], outside });
  parts.state.outsiders.set(campaign.id, outside);
}

async function pauseLocked(parts: Parts, seen: CampaignRecord, trip: GuardTrip): Promise<boolean> {
  const at = parts.clock.now();
  const paused = await parts.transact(async (stores) => {
    await stores.clusters.lock(seen.clusterId);
    const campaign = await stores.campaigns.find(seen.id);
    // A person may have resumed, or it may have ended, while the sources were asked.
    if (campaign?.state !== 'running' || !sameAcknowledged(campaign, seen)) return false;
    await pauseByGuard(stores, campaign, trip, at);
    return true;
  });
  if (!paused) return false;
  parts.log.warn(
    { campaignId: seen.id, guard: trip.guard, because: trip.because },
    'guard tripped',
  );
  parts.notices.campaignChanged(seen.id);
  parts.notices.clusterHasRoom(seen.clusterId);
  return true;
}

function sameAcknowledged(a: CampaignRecord, b: CampaignRecord): boolean {
  return JSON.stringify(a.safety.acknowledged) === JSON.stringify(b.safety.acknowledged);
}

async function keepAcknowledged(
  parts: Parts,
  seen: CampaignRecord,
  acknowledged: Acknowledged,
): Promise<void> {
  if (acknowledged === (seen.safety.acknowledged ?? nothingAcknowledged)) return;
  await parts.transact(async (stores) => {
    await stores.clusters.lock(seen.clusterId);
    const campaign = await stores.campaigns.find(seen.id);
    if (campaign === undefined || !sameAcknowledged(campaign, seen)) return;
    await stores.campaigns.update(seen.id, { safety: { ...campaign.safety, acknowledged } });
  });
}

/** The caller holds the cluster's lock. */
export async function pauseByGuard(
  stores: Stores,
  campaign: CampaignRecord,
  trip: GuardTrip,
  at: Instant,
): Promise<CampaignRecord> {
  const because = `guard ${trip.guard}: ${trip.because}`;
  const safety = { ...campaign.safety, trip: { ...trip, at } };
  await stores.campaigns.update(campaign.id, { safety });
  await stores.events.append(campaign.id, { kind: 'guard', at, data: { ...trip } });
  return changeState(stores, { ...campaign, safety }, { state: 'paused', because }, at);
}
