import { isBugcheck, type Outcome } from '@gauntlet/shared/domain/outcome';
import type { Instant } from '@gauntlet/shared/kernel/instant';
import { decidingVerdict } from './analysis/deciding-verdict.ts';
import { changeState } from './change-state.ts';
import { evaluateGuards } from './evaluate-guards.ts';
import { evaluateStopRules } from './evaluate-stop-rules.ts';
import { pauseByGuard, settledSight } from './guard-campaigns.ts';
import type { Parts } from './parts.ts';
import type { Log, Stores } from './ports.ts';
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
  const now = await noteProgress(stores, campaign, settlements);
  if (campaign.state !== 'running' && campaign.state !== 'waiting-for-window') return now;
  const news = new Set(settlements.map((one) => one.outcome));
  const reason = await stopReason({ stores, log: parts.log }, now, { news, at });
  if (reason !== null) {
    await changeState(stores, now, { state: 'stopping', because: reason, endReason: reason }, at);
    return { ...now, state: 'stopping', blockedBecause: reason, endReason: reason };
  }
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
  const longestAttemptMs = Math.max(campaign.longestAttemptMs, ...settlements.map(lastedMs));
  const change = {
    ...(failedInARow === campaign.failedInARow ? {} : { failedInARow }),
    ...(lastBugcheckId === null ? {} : { lastBugcheckId }),
    ...(longestAttemptMs === campaign.longestAttemptMs ? {} : { longestAttemptMs }),
  };
  if (Object.keys(change).length > 0) await stores.campaigns.update(campaign.id, change);
  return { ...campaign, failedInARow, longestAttemptMs };
}

/** From the queue to the end, by the worker's own clock; 0: it never ran. */
function lastedMs({ report, outcome }: Settlement): number {
  if (report === null || outcome === 'cancelled') return 0;
  return Math.max(0, report.finishedAt - report.startedAt) + (report.phases.queueMs ?? 0);
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

async function stopReason(
  { stores, log }: { readonly stores: Stores; readonly log: Log },
  campaign: CampaignRecord,
  { news, at }: { news: ReadonlySet<Outcome>; at: Instant },
): Promise<string | null> {
  // A bucket can only have grown by a bugcheck: the usual batch costs no read.
  const grown = [...news].some(isBugcheck);
  const buckets = grown ? await stores.campaigns.readBuckets(campaign.id, 1) : [];
  const bugchecksOfLargestBucket = buckets[0]?.bugchecks ?? null;
  const verdict = await decidingVerdict({ stores, log }, campaign, news);
  return evaluateStopRules({ campaign, at, inFlight: null, bugchecksOfLargestBucket, verdict });
}
