import { isExposure } from '@gauntlet/shared/domain/outcome';
import { rateRatioConditional } from '@gauntlet/statistics/compare';
import type { History } from '@gauntlet/statistics/history';
import { sayPercent } from '@gauntlet/statistics/sentences/wording';
import { laplaceTrend } from '@gauntlet/statistics/survival';
import { tallyArm } from '../estimate-progress.ts';
import type { CampaignRecord, TallyRow } from '../records.ts';
import { type ArmPair, isDrawn } from './campaign-history.ts';

/** So unlikely by chance that something else decides: which arm fails, or which arm counts. */
const alarmP = 0.001;

/** What weakens a comparison of two arms of one campaign, in words. */
export function verdictWarnings(
  campaign: CampaignRecord,
  arms: ArmPair,
  tallies: readonly TallyRow[],
): string[] {
  const { config } = campaign;
  if (arms.candidate === null) return [];
  const ofArm = (arm: number) => tallies.filter((row) => row.arm === arm);
  const [own, others] = [ofArm(arms.baseline), ofArm(arms.candidate)];
  const names = [config.arms[arms.baseline]?.name, config.arms[arms.candidate]?.name].join(' and ');
  const warnings: string[] = [];
  if (!isDrawn(campaign.plan, arms)) {
    warnings.push(
      `The arms ${names} share VMs, so the fingerprint decides what counts and not the draw; the ` +
        'evidence is the slower one for arms in any order.',
    );
  } else if (isOffPlan(config.arms, arms, [own, others])) {
    warnings.push(
      `The exposures of ${names} are off the ratio at which attempts were drawn: attempts of one ` +
        'arm count more often than those of the other.',
    );
  }
  const lost = [lostOf(own), lostOf(others)] as const;
  if (isLopsided(lost[0], lost[1])) {
    const shares = lost.map(({ k, n }) => sayPercent(n === 0 ? 0 : k / n)).join(' and ');
    warnings.push(
      `Attempts of ${names} are lost to failures that are not findings at different rates ` +
        `(${shares}): a bugcheck may hide among them.`,
    );
  }
  if (config.arms.length > 2) warnings.push(`Of several arms only ${names} are compared here.`);
  return warnings;
}

const trendBugchecksMin = 4;
const trendP = 0.01;

/** Does the baseline's rate drift over its exposures? Interleaved arms stand it, arms in sequence not. */
export function trendWarnings({ bugchecks, n0 }: History): string[] {
  const t = bugchecks.filter(({ arm }) => arm === 0).map((bugcheck) => bugcheck.n0);
  if (t.length < trendBugchecksMin) return [];
  const { z, p } = laplaceTrend({ t, T: n0 });
  if (p >= trendP) return [];
  const when = z > 0 ? 'late' : 'early';
  return [
    `The rate is not constant: the bugchecks of the first arm come ${when} in its exposures.`,
  ];
}

/** Counted exposures against the probabilities of the draw, by the exact conditional test. */
function isOffPlan(
  configured: CampaignRecord['config']['arms'],
  { baseline, candidate }: ArmPair,
  [own, others]: readonly [readonly TallyRow[], readonly TallyRow[]],
): boolean {
  const scale = 1_000_000_000;
  const weightOf = (arm: number | null) =>
    Math.round(scale * (configured[arm ?? 0]?.probability ?? 0));
  return isLopsided(
    { k: tallyArm(own).exposures, n: weightOf(baseline) },
    { k: tallyArm(others).exposures, n: weightOf(candidate) },
  );
}

function lostOf(tallies: readonly TallyRow[]): { k: number; n: number } {
  let [k, n] = [0, 0];
  for (const { outcome, attempts } of tallies) {
    if (outcome === 'cancelled') continue;
    n += attempts;
    if (!isExposure(outcome)) k += attempts;
  }
  return { k, n };
}

function isLopsided(a: { k: number; n: number }, b: { k: number; n: number }): boolean {
  if (a.n < a.k || b.n < b.k) return false;
  const tally = { k0: a.k, n0: a.n, k1: b.k, n1: b.n };
  return rateRatioConditional({ ...tally, alpha: 0.5 }).pTwoSided < alarmP;
}
