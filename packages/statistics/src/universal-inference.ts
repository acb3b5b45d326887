import { isSilent, type TwoArms } from './compare.ts';
import { logMixture } from './e-process.ts';
import { checkOpenUnit, checkPositive, checkTally, demand } from './input.ts';
import { bisect, logLikelihood, logSumExp } from './numerics.ts';
import type { Interval } from './rate.ts';

const logHalf = Math.log(0.5);
const logRhoMax = 40;

/**
 * Anytime-valid evidence against "p1 >= rho0 p0" for arms that ran one after the other, or in any
 * order that used only the past: reject when logE >= log(1/alpha), at whatever look. Always valid,
 * but slow: it wants 2.5 to 3.5 times the clean migrations of a registered plan.
 *
 * logE = logMixture(k0, n0) + log(1/2 [k1 = 0] + 1/2 mixture(k1, n1)) - sup of the log-likelihood
 * under the null. Source: Wasserman, Ramdas & Balakrishnan 2020.
 *
 * @throws StatisticsInputError unless 0 <= k <= n are integers in both arms and rho0 > 0
 */
export function uiEProcess(input: TwoArms & { readonly rho0: number }): { readonly logE: number } {
  demandArms('ui_e_process', input, checkPositive('/rho0', input.rho0));
  return { logE: evidenceInSequence(input)(input.rho0, 'ge') };
}

/** The decade mixture of each arm. A walk through a history hands in ones that remember. */
export interface ArmMixtures {
  readonly baseline: typeof logMixture;
  readonly candidate: typeof logMixture;
}

const plainMixtures: ArmMixtures = { baseline: logMixture, candidate: logMixture };

/** Mixtures that know their last answer: while one arm runs, the other's does not change. */
export function createArmMixtures(): ArmMixtures {
  return { baseline: rememberLast(logMixture), candidate: rememberLast(logMixture) };
}

function rememberLast(f: typeof logMixture): typeof logMixture {
  let last = { k: -1, n: -1, value: 0 };
  return (k, n) => {
    if (k !== last.k || n !== last.n) last = { k, n, value: f(k, n) };
    return last.value;
  };
}

/** Log of the e-value against "p1 >= rho0 p0" (`ge`) or "p1 <= rho0 p0" (`le`). */
export type EvidenceAgainst = (rho0: number, against: 'ge' | 'le') => number;

/**
 * The evidence of two arms against any ratio. All share one numerator, computed once, so none can
 * contradict `uiRrSequence`. Expects valid arms and rho0 >= 0.
 */
export function evidenceInSequence(
  arms: TwoArms,
  mixtures: ArmMixtures = plainMixtures,
): EvidenceAgainst {
  const { k0, n0, k1, n1 } = arms;
  const numerator = logNumerator(arms, mixtures);
  const atEstimates = logLikelihoodAtEstimate(k0, n0) + logLikelihoodAtEstimate(k1, n1);
  return (rho0, against) => {
    const excess = k1 * n0 - rho0 * k0 * n1;
    const estimatesAgree = n0 === 0 || n1 === 0 || (against === 'ge' ? excess >= 0 : excess <= 0);
    return numerator - (estimatesAgree ? atEstimates : logLikelihoodAtRatio(arms, rho0));
  };
}

/**
 * Confidence sequence for rho = p1/p0 that matches `uiEProcess`. No bugcheck or an empty arm:
 * [0, Infinity].
 *
 * @throws StatisticsInputError as `uiEProcess`, and unless 0 < alpha < 1
 */
export function uiRrSequence(input: TwoArms & { readonly alpha: number }): Interval {
  demandArms('ui_rr_sequence', input, checkOpenUnit('/alpha', input.alpha));
  if (isSilent(input)) return { lower: 0, upper: Infinity };
  const { k0, n0, k1, n1, alpha } = input;
  const level = logNumerator(input) + Math.log(alpha);
  const excess = (logRho: number) => level - logLikelihoodAtRatio(input, Math.exp(logRho));
  const middle = middleOf(k1 / n1 / (k0 / n0));
  const openBelow = k1 === 0 || excess(-logRhoMax) < 0;
  const openAbove = k0 === 0 || excess(logRhoMax) < 0;
  return {
    lower: openBelow ? 0 : Math.exp(bisect(excess, -logRhoMax, middle)),
    upper: openAbove ? Infinity : Math.exp(bisect(excess, middle, logRhoMax)),
  };
}

function middleOf(ratio: number): number {
  return Math.min(logRhoMax, Math.max(-logRhoMax, Math.log(ratio)));
}

function logNumerator({ k0, n0, k1, n1 }: TwoArms, mixtures: ArmMixtures = plainMixtures): number {
  const baseline = n0 === 0 ? 0 : mixtures.baseline(k0, n0);
  if (n1 === 0) return baseline;
  const eliminated = k1 === 0 ? logHalf : -Infinity;
  return baseline + logSumExp([eliminated, logHalf + mixtures.candidate(k1, n1)]);
}

function logLikelihoodAtEstimate(k: number, n: number): number {
  return n === 0 ? 0 : logLikelihood(k, n, k / n);
}

/** The highest log-likelihood with p1 = rho p0: the smaller root of a quadratic in p0. */
function logLikelihoodAtRatio({ k0, n0, k1, n1 }: TwoArms, rho: number): number {
  const m = k0 + k1;
  const b = n0 + k1 + rho * (n1 + k0);
  const discriminant = Math.max(0, b * b - 4 * rho * (n0 + n1) * m);
  const p0 = m === 0 ? 0 : (2 * m) / (b + Math.sqrt(discriminant));
  // Rounding must not carry a rate of 1 beyond it: log1p would answer NaN.
  return logLikelihood(k0, n0, Math.min(1, p0)) + logLikelihood(k1, n1, Math.min(1, rho * p0));
}

function demandArms(
  what: string,
  { k0, n0, k1, n1 }: TwoArms,
  parameter: ReturnType<typeof checkOpenUnit>,
): void {
  demand(
    what,
    checkTally(['/k0', k0], ['/n0', n0]),
    checkTally(['/k1', k1], ['/n1', n1]),
    parameter,
  );
}
