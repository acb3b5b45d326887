import type { VerdictView } from '@gauntlet/shared/contracts/verdict';
import { isBugcheck, type Outcome } from '@gauntlet/shared/domain/outcome';
import type { Instant } from '@gauntlet/shared/kernel/instant';
import { decidingVerdict } from './analysis/deciding-verdict.ts';
import { changeState } from './change-state.ts';
import { evaluateGuards } from './evaluate-guards.ts';
import { evaluateStopRules, isDecided } from './evaluate-stop-rules.ts';
import { pauseByGuard, settledSight } from './guard-campaigns.ts';
import { recentAttemptsMax } from './open-windows.ts';
import type { Parts } from './parts.ts';
import type { Stores } from './ports.ts';
import type { CampaignRecord, PlacementRecord, Settlement } from './records.ts';
import { known } from './source.ts';

/** Writes what a batch changes of its campaign: its counters, and its end or pause when a rule asks. */
export async function judgeCampaign(
  { parts, stores, at }: { readonly parts: Parts; readonly stores: Stores; readonly at: Instant },
  campaign: CampaignRecord,
  batch: {
    settlements: readonly Settlement[];
    placements: ReadonlyMap<string, PlacementRecord>;
  },
): Promise<CampaignRecord> {
  const { settlements, placements } = batch;
  const noted = await noteProgress(stores, campaign, settlements);
  if (campaign.state !== 'running' && campaign.state !== 'waiting-for-window') return noted;
  const news = new Set(settlements.map((one) => one.outcome));
  const verdict = await decidingVerdict({ stores, log: parts.log }, noted, news);
  const now = await tellVerdict(stores, noted, { verdict, at });
  const reason = await stopReason(stores, now, { news, verdict, at });
  const stopping = { state: 'stopping', because: reason, endReason: reason ?? '' } as const;
  if (reason !== null) return changeState(stores, now, stopping, at);
  const foreignVms = vmsOutside(campaign, settlements);
  // A share can only have risen by a failure: the usual batch costs no read.
  const rows = news.has('migration-failed') ? await stores.campaigns.readTallies(campaign.id) : [];
  const sight = settledSight(parts, now, { tallies: known(rows), foreignVms, placements });
  const trip = evaluateGuards(sight);
  return trip === null ? now : pauseByGuard(stores, now, trip, at);
}

/** Writes what a batch changes in the campaign's own row; most batches change nothing. */
async function noteProgress(
  stores: Stores,
  campaign: CampaignRecord,
  settlements: readonly Settlement[],
): Promise<CampaignRecord> {
  const failedInARow = countFailedInARow(campaign.failedInARow, settlements);
  const lastBugcheckId = settlements.findLast((one) => one.bugcheckId !== null)?.bugcheckId ?? null;
  const recentAttemptMs = noteDurations(campaign, settlements);
  const change = {
    ...(failedInARow === campaign.failedInARow ? {} : { failedInARow }),
    ...(lastBugcheckId === null ? {} : { lastBugcheckId }),
    ...(recentAttemptMs === campaign.recentAttemptMs ? {} : { recentAttemptMs }),
  };
  if (Object.keys(change).length > 0) await stores.campaigns.update(campaign.id, change);
  return { ...campaign, failedInARow, recentAttemptMs };
}

/** Only windows ask for them, and an update of the row is not free. */
function noteDurations(
  { config, recentAttemptMs }: CampaignRecord,
  settlements: readonly Settlement[],
): readonly number[] {
  if (config.windows === null) return recentAttemptMs;
  const lasted = settlements.flatMap(({ report, outcome }) =>
    report === null || outcome === 'cancelled'
      ? []
      : [Math.max(0, report.finishedAt - report.startedAt)],
  );
  if (lasted.length === 0) return recentAttemptMs;
  return [...recentAttemptMs, ...lasted].slice(-recentAttemptsMax);
}

/** Names of VMs that no arm of the campaign has: there must never be one. */
function vmsOutside({ plan }: CampaignRecord, settlements: readonly Settlement[]): string[] {
  const own = new Set(plan.arms.flatMap((arm) => arm.vms).map((vm) => vm.id));
  return settlements.flatMap(({ attempt }) => (own.has(attempt.vmId) ? [] : [attempt.vmName]));
}

function countFailedInARow(before: number, settlements: readonly Settlement[]): number {
  return settlements.reduce((count, { outcome }) => {
    if (outcome === 'migration-failed') return count + 1;
    return outcome === 'cancelled' || outcome === 'indeterminate' ? count : 0;
  }, before);
}

/** Where the verdict is no stop rule people hear of it all the same, once. */
async function tellVerdict(
  stores: Stores,
  campaign: CampaignRecord,
  { verdict, at }: { verdict: VerdictView | null; at: Instant },
): Promise<CampaignRecord> {
  const { config, safety } = campaign;
  if (config.stop.verdict !== null || verdict === null || !isDecided(verdict.state))
    return campaign;
  const told = safety.verdictsTold ?? [];
  const { state, sentence, bucketId } = verdict;
  const key = `${bucketId} ${state}`;
  if (told.includes(key)) return campaign;
  const change = { safety: { ...safety, verdictsTold: [...told, key] } };
  await stores.campaigns.update(campaign.id, change);
  const data = { state, sentence, bucketId };
  await stores.events.append(campaign.id, { kind: 'verdict', at, data });
  return { ...campaign, ...change };
}

async function stopReason(
  stores: Stores,
  campaign: CampaignRecord,
  { news, verdict, at }: { news: ReadonlySet<Outcome>; verdict: VerdictView | null; at: Instant },
): Promise<string | null> {
  // A bucket can only have grown by a bugcheck: the usual batch costs no read.
  const grown = [...news].some(isBugcheck);
  const buckets = grown ? await stores.campaigns.readBuckets(campaign.id, 1) : [];
  const bugchecksOfLargestBucket = buckets[0]?.bugchecks ?? null;
  return evaluateStopRules({ campaign, at, inFlight: null, bugchecksOfLargestBucket, verdict });
}
