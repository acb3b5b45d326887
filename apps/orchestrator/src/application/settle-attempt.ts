import { isBugcheck, type Outcome } from '@gauntlet/shared/domain/outcome';
import type { Instant } from '@gauntlet/shared/kernel/instant';
import { canonicalJson } from './canonical-json.ts';
import { changeState } from './change-state.ts';
import { addTo } from './collections.ts';
import { evaluateGuards, type GuardTrip } from './evaluate-guards.ts';
import { evaluateStopRules } from './evaluate-stop-rules.ts';
import { type Finding, judgeFinding, placementAfter } from './judge-finding.ts';
import type { Parts } from './parts.ts';
import type { Stores } from './ports.ts';
import { recordBugchecks } from './record-bugchecks.ts';
import type { CampaignRecord, OpenAttempt, PlacementRecord, Settlement } from './records.ts';

export interface Settled {
  readonly campaignIds: ReadonlySet<string>;
  readonly clusterIds: ReadonlySet<string>;
  /** Clusters where something happened that the stored inventory does not know. */
  readonly surprisedClusterIds: ReadonlySet<string>;
}

/**
 * Settles a batch in one transaction: attempts, tallies, bugchecks, buckets, placements, guards and
 * stop rules. An attempt that is settled already is passed over, so a report may come any number of
 * times. Throws when the database cannot be reached; then nothing was settled.
 */
export async function settleAttempts(parts: Parts, findings: readonly Finding[]): Promise<Settled> {
  await storeEvidence(parts, findings);
  const startedMs = parts.clock.monotonicMs();
  const at = parts.clock.now();
  const settlements = await parts.transact(async (stores) => {
    // Always in the same order, so that two batches cannot wait for each other.
    const clusterIds = [...new Set(findings.map((finding) => finding.clusterId))].sort();
    for (const id of clusterIds) await stores.clusters.lock(id);
    const open = await stores.attempts.lockOpen([...new Set(findings.map((f) => f.attemptId))]);
    const perCluster = Map.groupBy(open, (attempt) => attempt.clusterId);
    const settled: Settlement[] = [];
    for (const [clusterId, attempts] of perCluster)
      settled.push(
        ...(await settleCluster({ parts, stores, at }, clusterId, { attempts, findings })),
      );
    return settled;
  });
  report(parts, settlements, parts.clock.monotonicMs() - startedMs);
  return announce(parts, settlements);
}

interface Scope {
  readonly parts: Parts;
  readonly stores: Stores;
  readonly at: Instant;
}

async function settleCluster(
  scope: Scope,
  clusterId: string,
  { attempts, findings }: { attempts: readonly OpenAttempt[]; findings: readonly Finding[] },
): Promise<Settlement[]> {
  const { stores } = scope;
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
  await recordBugchecks(stores, settlements, scope.parts.ids);
  const placements = await movePlacements(stores, clusterId, { settlements, byAttempt, campaigns });
  const perCampaign = Map.groupBy(settlements, ({ attempt }) => attempt.campaignId);
  for (const [id, own] of perCampaign) {
    const campaign = campaigns.get(id);
    if (campaign !== undefined)
      await judgeCampaign(scope, campaign, { settlements: own, placements });
  }
  return settlements;
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

async function judgeCampaign(
  { stores, at }: Scope,
  campaign: CampaignRecord,
  batch: {
    settlements: readonly Settlement[];
    placements: ReadonlyMap<string, PlacementRecord>;
  },
): Promise<void> {
  const { settlements, placements } = batch;
  const failedInARow = countFailedInARow(campaign.failedInARow, settlements);
  const lastBugcheckId = settlements.findLast((one) => one.bugcheckId !== null)?.bugcheckId ?? null;
  if (failedInARow !== campaign.failedInARow || lastBugcheckId !== null)
    await stores.campaigns.update(campaign.id, {
      failedInARow,
      ...(lastBugcheckId === null ? {} : { lastBugcheckId }),
    });
  if (campaign.state !== 'running') return;
  const news = new Set(settlements.map((one) => one.outcome));
  const reason = await stopReason(stores, campaign, { news, at });
  if (reason !== null) {
    await changeState(
      stores,
      campaign,
      { state: 'stopping', because: reason, endReason: reason },
      at,
    );
    return;
  }
  const trip = await trippedGuard(stores, { ...campaign, failedInARow }, { news, placements });
  if (trip !== null) await pauseByGuard(stores, campaign, trip, at);
}

function countFailedInARow(before: number, settlements: readonly Settlement[]): number {
  return settlements.reduce((count, { outcome }) => {
    if (outcome === 'migration-failed') return count + 1;
    return outcome === 'cancelled' || outcome === 'indeterminate' ? count : 0;
  }, before);
}

async function stopReason(
  stores: Stores,
  campaign: CampaignRecord,
  { news, at }: { news: ReadonlySet<Outcome>; at: Instant },
): Promise<string | null> {
  // A bucket can only have grown by a bugcheck: the usual batch costs no read.
  const grown = [...news].some(isBugcheck);
  const buckets = grown ? await stores.campaigns.readBuckets(campaign.id, 1) : [];
  const bugchecksOfLargestBucket = buckets[0]?.bugchecks ?? null;
  return evaluateStopRules({ campaign, at, inFlight: null, bugchecksOfLargestBucket });
}

async function trippedGuard(
  stores: Stores,
  campaign: CampaignRecord,
  {
    news,
    placements,
  }: { news: ReadonlySet<Outcome>; placements: ReadonlyMap<string, PlacementRecord> },
): Promise<GuardTrip | null> {
  const vms = new Map(campaign.plan.arms.flatMap((arm) => arm.vms).map((vm) => [vm.id, vm.name]));
  const unhealthyVms = [...vms].flatMap(([id, name]) =>
    placements.get(id)?.usable === true ? [] : [name],
  );
  const tallies = news.has('migration-failed')
    ? await stores.campaigns.readTallies(campaign.id)
    : [];
  return evaluateGuards({
    config: campaign.config,
    tallies,
    failedInARow: campaign.failedInARow,
    unhealthyVms,
    vmCount: vms.size,
    news,
  });
}

async function pauseByGuard(
  stores: Stores,
  campaign: CampaignRecord,
  trip: GuardTrip,
  at: Instant,
): Promise<void> {
  const because = `guard ${trip.guard}: ${trip.because}`;
  await stores.events.append(campaign.id, { kind: 'guard', at, data: { ...trip } });
  await changeState(stores, campaign, { state: 'paused', because }, at);
}

/** Bytes go to their files first: they are named by their hash, so storing them twice is harmless. */
async function storeEvidence({ files, log }: Parts, findings: readonly Finding[]): Promise<void> {
  for (const { report, attemptId } of findings) {
    for (const { inline, sha256 } of report?.evidence ?? []) {
      const bytes = inline === null ? null : decodeBase64(inline);
      if (bytes !== null) await files.put(bytes, sha256);
      else if (inline !== null) log.warn({ attemptId, sha256 }, 'evidence is no base64: left out');
    }
  }
}

function decodeBase64(text: string): Uint8Array | null {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    return null;
  }
}

function report({ meters }: Parts, settlements: readonly Settlement[], durationMs: number): void {
  if (settlements.length === 0) return;
  const perOutcome = new Map<Outcome, number>();
  for (const { outcome } of settlements) addTo(perOutcome, outcome, 1);
  for (const [outcome, attempts] of perOutcome) meters.settled(outcome, attempts);
  meters.batchSettled(settlements.length, durationMs);
}

function announce({ notices }: Parts, settlements: readonly Settlement[]): Settled {
  const campaignIds = new Set(settlements.map(({ attempt }) => attempt.campaignId));
  const clusterIds = new Set(settlements.map(({ attempt }) => attempt.clusterId));
  const surprises = settlements.filter(({ outcome }) => isSurprise(outcome));
  for (const id of campaignIds) notices.campaignChanged(id);
  for (const id of clusterIds) notices.clusterHasRoom(id);
  const surprisedClusterIds = new Set(surprises.map(({ attempt }) => attempt.clusterId));
  return { campaignIds, clusterIds, surprisedClusterIds };
}

/** After these the cluster may look other than the inventory says. */
function isSurprise(outcome: Outcome): boolean {
  return outcome === 'host-bugcheck' || outcome === 'rig-fault' || outcome === 'indeterminate';
}
