import type { Outcome } from '@gauntlet/shared/domain/outcome';
import { assert } from '@gauntlet/shared/kernel/assert';
import type { Instant } from '@gauntlet/shared/kernel/instant';
import { recordExposures, recordFindings } from './analysis/record-findings.ts';
import { addTo } from './collections.ts';
import { demandLook, forgetQueued } from './engine-state.ts';
import { enqueuePlanned } from './enqueue-attempts.ts';
import { type Judged, judgeAll, type Pair } from './judge-all.ts';
import { judgeCampaign } from './judge-campaign.ts';
import { type Finding, placementAfter } from './judge-finding.ts';
import { type LockedCluster, lockCluster } from './lock-cluster.ts';
import type { Parts } from './parts.ts';
import { asksForMore, type ClusterPlan, planLocked } from './plan-cluster.ts';
import type { Stores } from './ports.ts';
import { recallToldAhead } from './record-bugcheck-ahead.ts';
import { recordBugchecks } from './record-bugchecks.ts';
import type { CampaignRecord, PlacementRecord, Settlement } from './records.ts';
import { storeEvidence } from './store-evidence.ts';

/**
 * Settles a batch in one transaction: attempts, tallies, bugchecks, buckets, placements, guards and
 * stop rules, and plans what may start in the room this makes. An attempt that is settled already
 * is passed over, so a report may come any number of times. Throws when the database cannot be
 * reached; then nothing was settled.
 */
export async function settleAttempts(parts: Parts, findings: readonly Finding[]): Promise<void> {
  if (findings.length === 0) return;
  await storeEvidence(parts, findings);
  const startedMs = parts.clock.monotonicMs();
  const at = parts.clock.now();
  const batches = await parts.transact(async (stores) => {
    // Always in the same order, so that two batches cannot wait for each other.
    const clusterIds = [...new Set(findings.map((finding) => finding.clusterId))].sort();
    const batches: Batch[] = [];
    for (const id of clusterIds) {
      const locked = await lockCluster(stores, id);
      if (locked === undefined) continue;
      const batch = await settleCluster({ parts, stores, at }, locked, findings);
      if (batch !== null) batches.push(batch);
    }
    return batches;
  });
  report(
    parts,
    batches.flatMap((batch) => batch.settlements),
    parts.clock.monotonicMs() - startedMs,
  );
  for (const batch of batches) await carryOn(parts, batch);
}

interface Batch {
  readonly clusterId: string;
  readonly settlements: readonly Settlement[];
  readonly plan: ClusterPlan;
}

/** What follows the commit. The settlements stand, whatever happens here. */
async function carryOn(parts: Parts, { clusterId, settlements, plan }: Batch): Promise<void> {
  const { state, notices } = parts;
  forgetQueued(state, clusterId, plan.notedIds);
  const campaignIds = new Set(settlements.map(({ attempt }) => attempt.campaignId));
  for (const id of campaignIds) notices.campaignChanged(id);
  for (const id of plan.changedCampaignIds) notices.campaignChanged(id);
  try {
    await enqueuePlanned(parts, plan, parts.clock.monotonicMs());
    if (asksForMore(plan) || state.mustLook.has(clusterId)) notices.clusterHasRoom(clusterId);
  } catch (err) {
    // They are stored: the dispatcher puts them on the queue as soon as there is one.
    parts.log.debug({ err, clusterId }, 'attempts could not be enqueued');
    notices.clusterHasRoom(clusterId);
  }
}

interface Scope {
  readonly parts: Parts;
  readonly stores: Stores;
  readonly at: Instant;
}

/** Null when all of the cluster's attempts are settled already. */
async function settleCluster(
  scope: Scope,
  locked: LockedCluster,
  findings: readonly Finding[],
): Promise<Batch | null> {
  const { parts } = scope;
  const clusterId = locked.cluster.id;
  const campaigns = new Map(locked.campaigns.map((campaign) => [campaign.id, campaign]));
  const byAttempt = new Map(findings.map((finding) => [finding.attemptId, finding]));
  const told = locked.inFlight.flatMap((attempt): Pair[] => {
    const finding = byAttempt.get(attempt.id);
    const campaign = campaigns.get(attempt.campaignId);
    return finding === undefined || campaign === undefined ? [] : [{ attempt, finding, campaign }];
  });
  if (told.length === 0) return null;
  told.sort((a, b) => a.attempt.ordinal - b.attempt.ordinal);
  const pairs = await recallToldAhead(scope.stores, told);
  const { settlements, fingerprints } = judgeAll(parts, pairs, scope.at);
  const moves = movePlacements(locked.placements, pairs, settlements);
  await store(scope, clusterId, { settlements, fingerprints, moved: moves.moved, campaigns });
  const judged = await judgeCampaigns(scope, locked.campaigns, {
    settlements,
    placements: moves.placements,
  });
  const surprised = settlements.some(({ outcome }) => isSurprise(outcome));
  const streak = judged.some((now) => reachesStreak(campaigns.get(now.id), now));
  if (surprised || streak) demandLook(parts.state, clusterId);
  const settledIds = new Set(settlements.map(({ attempt }) => attempt.id));
  const plan = await planLocked(scope, {
    cluster: locked.cluster,
    campaigns: judged,
    placements: moves.placements,
    inFlight: locked.inFlight.filter(({ id }) => !settledIds.has(id)),
  });
  return { clusterId, settlements, plan };
}

/** Everything that a batch leaves in the tables. What needs no answer goes in one round trip. */
async function store(
  { parts, stores }: Scope,
  clusterId: string,
  batch: Judged & {
    readonly moved: readonly PlacementRecord[];
    readonly campaigns: ReadonlyMap<string, CampaignRecord>;
  },
): Promise<void> {
  const { settlements, campaigns } = batch;
  await Promise.all([
    stores.attempts.saveFingerprints(batch.fingerprints),
    stores.attempts.settle(settlements),
    stores.campaigns.addTallies(toTallies(settlements)),
    recordExposures(stores, settlements),
    stores.placements.save(clusterId, batch.moved),
  ]);
  const bucketIds = await recordBugchecks(stores, settlements, parts.ids);
  await recordFindings(stores, settlements, { campaigns, bucketIds });
}

async function judgeCampaigns(
  scope: Scope,
  campaigns: readonly CampaignRecord[],
  {
    settlements,
    placements,
  }: {
    readonly settlements: readonly Settlement[];
    readonly placements: ReadonlyMap<string, PlacementRecord>;
  },
): Promise<CampaignRecord[]> {
  const perCampaign = Map.groupBy(settlements, ({ attempt }) => attempt.campaignId);
  const judged: CampaignRecord[] = [];
  for (const campaign of campaigns) {
    const own = perCampaign.get(campaign.id);
    judged.push(
      own === undefined
        ? campaign
        : await judgeCampaign(scope, campaign, { settlements: own, placements }),
    );
  }
  return judged;
}

function toTallies(settlements: readonly Settlement[]) {
  const rows = new Map<
    string,
    { campaignId: string; arm: number; outcome: Outcome; counted: boolean; attempts: number }
  >();
  for (const { attempt, outcome, counted } of settlements) {
    const key = `${attempt.campaignId}/${attempt.arm}/${outcome}/${counted}`;
    const { campaignId, arm } = attempt;
    const row = rows.get(key) ?? { campaignId, arm, outcome, counted, attempts: 0 };
    row.attempts += 1;
    rows.set(key, row);
  }
  return [...rows.values()];
}

/** @param settlements one of each pair, in the same order */
function movePlacements(
  before: ReadonlyMap<string, PlacementRecord>,
  pairs: readonly Pair[],
  settlements: readonly Settlement[],
): { placements: ReadonlyMap<string, PlacementRecord>; moved: readonly PlacementRecord[] } {
  const placements = new Map(before);
  const moved = new Map<string, PlacementRecord>();
  for (const [index, { finding, campaign }] of pairs.entries()) {
    const settlement = settlements[index];
    assert(settlement !== undefined, 'every pair is judged');
    const placement = placements.get(settlement.attempt.vmId);
    if (placement === undefined) continue;
    const after = placementAfter(placement, settlement, { finding, config: campaign.config });
    placements.set(after.vmId, after);
    moved.set(after.vmId, after);
  }
  return { placements, moved: [...moved.values()] };
}

function report({ meters }: Parts, settlements: readonly Settlement[], durationMs: number): void {
  if (settlements.length === 0) return;
  const perOutcome = new Map<Outcome, number>();
  for (const { outcome } of settlements) addTo(perOutcome, outcome, 1);
  for (const [outcome, attempts] of perOutcome) meters.settled(outcome, attempts);
  meters.batchSettled(settlements.length, durationMs);
}

/** So many failed migrations in a row, and a host may be down that is believed to be up. */
const lookAfterFailed = 3;

function reachesStreak(before: CampaignRecord | undefined, now: CampaignRecord): boolean {
  return (before?.failedInARow ?? 0) < lookAfterFailed && now.failedInARow >= lookAfterFailed;
}

/** After these the cluster may look other than the inventory says. */
function isSurprise(outcome: Outcome): boolean {
  return outcome === 'host-bugcheck' || outcome === 'rig-fault' || outcome === 'indeterminate';
}
