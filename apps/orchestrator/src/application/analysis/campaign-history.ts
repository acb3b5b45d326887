import type { CampaignConfig } from '@gauntlet/shared/contracts/campaigns';
import type { HistoricBugcheck, History } from '@gauntlet/statistics/history';
import type { CampaignPlan } from '../records.ts';
import type { FindingRecord } from './ports.ts';

/** A verdict is judged on at most so many findings; with more there is nothing left to ask. */
export const findingsMax = 2_000;

/** Two arms of one campaign, by their index; `candidate` null when there is only one. */
export interface ArmPair {
  readonly baseline: number;
  readonly candidate: number | null;
}

/**
 * The history of two arms of one campaign from its findings of one signature. When findings were
 * left out (`findingsMax`), it ends with the last one that was read.
 */
export function toHistory(
  findings: readonly FindingRecord[],
  arms: ArmPair,
  { config, exposures }: { config: CampaignConfig; exposures: readonly number[] },
): History {
  const { baseline, candidate } = arms;
  const r = candidateProbability(config, arms);
  const bugchecks = findings.flatMap((finding): HistoricBugcheck[] => {
    if (finding.arm !== baseline && finding.arm !== candidate) return [];
    const n0 = finding.exposures[baseline] ?? 0;
    const n1 = candidate === null ? 0 : (finding.exposures[candidate] ?? 0);
    return [{ arm: finding.arm === candidate ? 1 : 0, r, n0, n1 }];
  });
  const last = bugchecks.at(-1) ?? { n0: 0, n1: 0 };
  if (findings.length >= findingsMax) return { bugchecks, n0: last.n0, n1: last.n1 };
  // A batch may settle between the reads: a finding can be newer than the tallies.
  const n0 = Math.max(last.n0, exposures[baseline] ?? 0);
  const n1 = candidate === null ? 0 : Math.max(last.n1, exposures[candidate] ?? 0);
  return { bugchecks, n0, n1 };
}

/** Probability that an attempt of either arm goes to the candidate: of its draw, as logged. */
function candidateProbability(config: CampaignConfig, { baseline, candidate }: ArmPair): number {
  if (candidate === null) return 0.5;
  const p0 = config.arms[baseline]?.probability ?? 0;
  const p1 = config.arms[candidate]?.probability ?? 0;
  return p1 / (p0 + p1);
}

/**
 * Arms that share a VM are told apart by what the fingerprint shows, not by the draw: the logged
 * probability is then not the one with which an exposure counts, and only the evidence for arms in
 * any order holds.
 */
export function isDrawn({ arms }: CampaignPlan, { baseline, candidate }: ArmPair): boolean {
  const own = new Set(arms[baseline]?.vms.map((vm) => vm.id));
  const others = candidate === null ? [] : (arms[candidate]?.vms ?? []);
  return others.every((vm) => !own.has(vm.id));
}
