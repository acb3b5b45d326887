import type { Outcome } from '@gauntlet/shared/domain/outcome';
import type { Instant } from '@gauntlet/shared/kernel/instant';
import { recordFindings } from './analysis/record-findings.ts';
import { canonicalJson } from './canonical-json.ts';
import { addTo } from './collections.ts';
import { demandLook, forgetQueued } from './engine-state.ts';
import { enqueuePlanned } from './enqueue-attempts.ts';
import { judgeCampaign } from './judge-campaign.ts';
import { type Finding, judgeFinding, placementAfter } from './judge-finding.ts';
import type { Parts } from './parts.ts';
import { asksForMore, type ClusterPlan, planLocked } from './plan-cluster.ts';
import type { Stores } from './ports.ts';
import { recordBugchecks } from './record-bugchecks.ts';
import type {
  CampaignRecord,
  ClusterRecord,
  OpenAttempt,
  PlacementRecord,
  Settlement,
} from './records.ts';
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
    const clusters: ClusterRecord[] = [];
    for (const id of clusterIds) {
      const cluster = await stores.clusters.lock(id);
      if (cluster !== undefined) clusters.push(cluster);
    }
    const open = await stores.attempts.lockOpen([...new Set(findings.map((f) => f.attemptId))]);
    const batches: Batch[] = [];
    for (const cluster of clusters) {
      const attempts = open.filter((attempt) => attempt.clusterId === cluster.id);
      if (attempts.length === 0) continue;
      batches.push(await settleCluster({ parts, stores, at }, cluster, { attempts, findings }));
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
  readonly cluster: ClusterRecord;
  readonly settlements: readonly Settlement[];
  readonly plan: ClusterPlan;
}

/** What follows the commit. The settlements stand, whatever happens here. */
async function carryOn(parts: Parts, { cluster, settlements, plan }: Batch): Promise<void> {
  const { state, notices } = parts;
  forgetQueued(state, cluster.id, plan.notedIds);
  const campaignIds = new Set(settlements.map(({ attempt }) => attempt.campaignId));
  for (const id of campaignIds) notices.campaignChanged(id);
  for (const id of plan.changedCampaignIds) notices.campaignChanged(id);
  try {
    await enqueuePlanned(parts, plan, parts.clock.monotonicMs());
    if (asksForMore(plan) || state.mustLook.has(cluster.id)) notices.clusterHasRoom(cluster.id);
  } catch (err) {
    // They are stored: the dispatcher puts them on the queue as soon as there is one.
    parts.log.debug({ err, clusterId: cluster.id }, 'attempts could not be enqueued');
    notices.clusterHasRoom(cluster.id);
  }
}

interface Scope {
  readonly parts: Parts;
  readonly stores: Stores;
  readonly at: Instant;
}

async function settleCluster(
  scope: Scope,
  cluster: ClusterRecord,
  { attempts, findings }: { attempts: readonly OpenAttempt[]; findings: readonly Finding[] },
): Promise<Batch> {
  const { stores, parts } = scope;
  const clusterId = cluster.id;
  const campaigns = new Map((await stores.campaigns.listActive(clusterId)).map((c) => [c.id, c]));
  const byAttempt = new Map(findings.map((finding) => [finding.attemptId, finding]));
  const pairs = attempts.flatMap((attempt) => {
    const finding = byAttempt.get(attempt.id);
    const campaign = campaigns.get(attempt.campaignId);
    return finding === undefined || campaign === undefined ? [] : [{ attempt, finding, campaign }];
  });
  pairs.sort((a, b) => a.attempt.ordinal - b.attempt.ordinal);
  const settlements = await judgeAll(scope, pairs);
  await stores.attempts.settle(settlements);
  await stores.campaigns.addTallies(toTallies(settlements));
  const bucketIds = await recordBugchecks(stores, settlements, scope.parts.ids);
  await recordFindings(stores, settlements, { campaigns, bucketIds });
  const placements = await movePlacements(stores, clusterId, { settlements, byAttempt, campaigns });
  const perCampaign = Map.groupBy(settlements, ({ attempt }) => attempt.campaignId);
  const judged: CampaignRecord[] = [];
  for (const campaign of campaigns.values()) {
    const own = perCampaign.get(campaign.id) ?? [];
    judged.push(
      own.length === 0
        ? campaign
        : await judgeCampaign(scope, campaign, { settlements: own, placements }),
    );
  }
  if (settlements.some(({ outcome }) => isSurprise(outcome))) demandLook(parts.state, clusterId);
  const plan = await planLocked(scope, cluster, { campaigns: judged, placements });
  return { cluster, settlements, plan };
}

interface Pair {
  readonly attempt: OpenAttempt;
  readonly finding: Finding;
  readonly campaign: CampaignRecord;
}

async function judgeAll({ parts, stores, at }: Scope, pairs: readonly Pair[]) {
  const fingerprints = new Map<string, unknown>();
  const settlements = pairs.map(({ attempt, finding, campaign }) => {
    const { report } = finding;
    const fingerprint = report?.fingerprint ?? null;
    const text = fingerprint === null ? null : canonicalJson(fingerprint);
    const fingerprintHash = text === null ? null : parts.digest(text);
    if (fingerprintHash !== null) fingerprints.set(fingerprintHash, fingerprint);
    const bugcheckId = (report?.bugcheck ?? null) === null ? null : parts.ids.next();
    const circumstances = { config: campaign.config, fingerprintHash, bugcheckId, at };
    return judgeFinding(attempt, finding, circumstances);
  });
  await stores.attempts.saveFingerprints(
    [...fingerprints].map(([hash, content]) => ({ hash, content })),
  );
  return settlements;
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

async function movePlacements(
  stores: Stores,
  clusterId: string,
  batch: {
    settlements: readonly Settlement[];
    byAttempt: ReadonlyMap<string, Finding>;
    campaigns: ReadonlyMap<string, CampaignRecord>;
  },
): Promise<ReadonlyMap<string, PlacementRecord>> {
  const stored = await stores.placements.list(clusterId);
  const placements = new Map(stored.map((placement) => [placement.vmId, placement]));
  const moved = new Map<string, PlacementRecord>();
  for (const settlement of batch.settlements) {
    const before = placements.get(settlement.attempt.vmId);
    const finding = batch.byAttempt.get(settlement.attempt.id);
    const config = batch.campaigns.get(settlement.attempt.campaignId)?.config;
    if (before === undefined || finding === undefined || config === undefined) continue;
    const after = placementAfter(before, settlement, { finding, config });
    placements.set(after.vmId, after);
    moved.set(after.vmId, after);
  }
  await stores.placements.save(clusterId, [...moved.values()]);
  return placements;
}

function report({ meters }: Parts, settlements: readonly Settlement[], durationMs: number): void {
  if (settlements.length === 0) return;
  const perOutcome = new Map<Outcome, number>();
  for (const { outcome } of settlements) addTo(perOutcome, outcome, 1);
  for (const [outcome, attempts] of perOutcome) meters.settled(outcome, attempts);
  meters.batchSettled(settlements.length, durationMs);
}

/** After these the cluster may look other than the inventory says. */
function isSurprise(outcome: Outcome): boolean {
  return outcome === 'host-bugcheck' || outcome === 'rig-fault' || outcome === 'indeterminate';
}
