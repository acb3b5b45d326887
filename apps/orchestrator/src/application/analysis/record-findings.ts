import { isFinding } from '@gauntlet/shared/domain/outcome';
import { tallyArm } from '../estimate-progress.ts';
import type { Stores } from '../ports.ts';
import type { CampaignRecord, Settlement } from '../records.ts';
import type { CellRecord, FindingRecord } from './ports.ts';

/** Writes the counted exposures of a batch per cell (arm, VM, source, target). */
export async function recordExposures(
  { analysis }: Pick<Stores, 'analysis'>,
  settlements: readonly Settlement[],
): Promise<void> {
  await analysis.addCells(toCells(settlements.filter((settlement) => settlement.counted)));
}

/**
 * Writes the counted findings of a batch, each with the exposures of every arm at that moment. An
 * attempt whose fingerprint was not its arm's is not counted and appears neither here nor in a cell.
 * Call after the tallies of the batch are written.
 */
export async function recordFindings(
  stores: Stores,
  settlements: readonly Settlement[],
  {
    campaigns,
    bucketIds,
  }: {
    campaigns: ReadonlyMap<string, CampaignRecord>;
    /** By attempt. */
    bucketIds: ReadonlyMap<string, string>;
  },
): Promise<void> {
  const counted = settlements.filter((settlement) => settlement.counted);
  const findings: FindingRecord[] = [];
  for (const [campaignId, own] of Map.groupBy(counted, (one) => one.attempt.campaignId)) {
    const campaign = campaigns.get(campaignId);
    if (campaign === undefined || !own.some((one) => isFinding(one.outcome))) continue;
    const exposures = await exposuresBefore(stores, campaign, own);
    findings.push(...toFindings(own, exposures, bucketIds));
  }
  await stores.analysis.addFindings(findings);
}

/** Counted exposures per arm before this batch: the tallies hold it already. */
async function exposuresBefore(
  stores: Stores,
  campaign: CampaignRecord,
  batch: readonly Settlement[],
): Promise<number[]> {
  const tallies = await stores.campaigns.readTallies(campaign.id);
  return campaign.config.arms.map((_, arm) => {
    const after = tallyArm(tallies.filter((row) => row.arm === arm)).exposures;
    return after - batch.filter((one) => one.attempt.arm === arm).length;
  });
}

/** Walks the batch in its order, so that two findings of one batch stand one after the other. */
function toFindings(
  batch: readonly Settlement[],
  before: readonly number[],
  bucketIds: ReadonlyMap<string, string>,
): FindingRecord[] {
  const exposures = [...before];
  const findings: FindingRecord[] = [];
  for (const { attempt, outcome, settledAt } of batch) {
    exposures[attempt.arm] = (exposures[attempt.arm] ?? 0) + 1;
    if (!isFinding(outcome)) continue;
    const bucketId = bucketIds.get(attempt.id) ?? null;
    findings.push({
      campaignId: attempt.campaignId,
      attemptId: attempt.id,
      signature: bucketId ?? outcome,
      bucketId,
      arm: attempt.arm,
      probability: attempt.probability,
      exposures: [...exposures],
      vmId: attempt.vmId,
      source: attempt.source,
      target: attempt.target,
      settledAt,
    });
  }
  return findings;
}

function toCells(counted: readonly Settlement[]) {
  const cells = new Map<string, CellRecord & { campaignId: string }>();
  for (const { attempt, report } of counted) {
    const { campaignId, arm, vmId, source, target } = attempt;
    const key = JSON.stringify([campaignId, arm, vmId, source, target]);
    const cell = cells.get(key) ?? {
      campaignId,
      arm,
      vmId,
      source,
      target,
      exposures: 0,
      busyMs: 0,
    };
    const tookMs = report === null ? 0 : Math.max(0, report.finishedAt - report.startedAt);
    cells.set(key, {
      ...cell,
      exposures: cell.exposures + 1,
      busyMs: cell.busyMs + tookMs,
    });
  }
  return [...cells.values()];
}
