import { checkOpenUnit, checkPositive, checkThat, demand, type InputFault } from './input.ts';
import { at, bisect, logistic, logLogistic, logSumExp, sum, timesLog } from './numerics.ts';
import type { Interval } from './rate.ts';

/**
 * The bugchecks of two interleaved arms in order: `arms[j]` is 1 when bugcheck j happened in the
 * candidate arm, `r[j]` the probability, logged at assignment, that its attempt would go there.
 */
export interface InterleavedBugchecks {
  readonly arms: readonly number[];
  readonly r: readonly number[];
}

/** Bugchecks that share an allocation probability: what the likelihood needs, and no more. */
export interface Allocation {
  readonly logit: number;
  readonly k0: number;
  readonly k1: number;
}

const logTen = Math.log(10);

/** Half on "eliminated", most of the rest on reductions down to 1 %, some on increases to tenfold. */
export const mixture: readonly { readonly logRho: number; readonly logWeight: number }[] = [
  { logRho: -Infinity, logWeight: Math.log(0.5) },
  ...Array.from({ length: 20 }, (_, i) => ({
    logRho: (-2 + i / 10) * logTen,
    logWeight: Math.log(0.375 / 20),
  })),
  ...Array.from({ length: 20 }, (_, i) => ({
    logRho: ((i + 1) / 10) * logTen,
    logWeight: Math.log(0.125 / 20),
  })),
];

const logRhoMax = 60;

/**
 * Anytime-valid evidence against "rho >= rho0" from interleaved arms: reject when
 * logE >= log(1/alpha), at whatever look. Only bugchecks count, so it stays valid whatever the base
 * rate does (hosts that age, load, the mix of VMs) as long as rho is constant and r is true.
 *
 * logE = lse_i[log w_i + l(rho_i)] - l(max(rho0, rhoMLE)) with
 * q(rho) = r rho / (r rho + 1 - r) and l = sum of x log q + (1-x) log(1-q).
 * Source: Lindon & Malek 2022.
 *
 * @throws StatisticsInputError unless arms and r have one length, arms are 0 or 1, 0 < r < 1 and
 *   rho0 > 0
 */
export function condEProcess(input: InterleavedBugchecks & { readonly rho0: number }): {
  readonly logE: number;
} {
  demand('cond_e_process', ...checkInterleaved(input), checkPositive('/rho0', input.rho0));
  if (input.arms.length === 0) return { logE: 0 };
  const allocations = toAllocations(input);
  const nearest = Math.max(Math.log(input.rho0), logRhoEstimate(allocations));
  return { logE: logMixtureOf(allocations) - logLikelihoodOf(allocations, nearest) };
}

/**
 * Confidence sequence for rho = p1/p0 that matches `condEProcess`: it may be looked at after every
 * bugcheck. No bugcheck: [0, Infinity].
 *
 * @throws StatisticsInputError as `condEProcess`, and unless 0 < alpha < 1
 */
export function condRrSequence(input: InterleavedBugchecks & { readonly alpha: number }): Interval {
  demand('cond_rr_sequence', ...checkInterleaved(input), checkOpenUnit('/alpha', input.alpha));
  if (input.arms.length === 0) return { lower: 0, upper: Infinity };
  const allocations = toAllocations(input);
  const level = logMixtureOf(allocations) + Math.log(input.alpha);
  const excess = (logRho: number) => level - logLikelihoodOf(allocations, logRho);
  const middle = logRhoEstimate(allocations);
  const clamped = Math.min(logRhoMax, Math.max(-logRhoMax, middle));
  return {
    lower: middle === -Infinity ? 0 : Math.exp(bisect(excess, -logRhoMax, clamped)),
    upper: middle === Infinity ? Infinity : Math.exp(bisect(excess, clamped, logRhoMax)),
  };
}

/** The maximum-likelihood estimate of rho; null before the first bugcheck. Expects valid input. */
export function rateRatioInterleaved(input: InterleavedBugchecks): number | null {
  return input.arms.length === 0 ? null : Math.exp(logRhoEstimate(toAllocations(input)));
}

function logMixtureOf(allocations: readonly Allocation[]): number {
  return logSumExp(
    mixture.map(({ logRho, logWeight }) => logWeight + logLikelihoodOf(allocations, logRho)),
  );
}

export function logLikelihoodOf(allocations: readonly Allocation[], logRho: number): number {
  return sum(
    allocations.map(
      ({ logit, k0, k1 }) =>
        timesLog(k1, logLogistic(logit + logRho)) + timesLog(k0, logLogistic(-logit - logRho)),
    ),
  );
}

/**
 * Log-likelihood of rho of one bugcheck, for callers that add them up: log q in the candidate arm,
 * log(1 - q) in the baseline, q = r rho / (r rho + 1 - r).
 */
export function logLikelihoodOfOne(arm: 0 | 1, logit: number, logRho: number): number {
  return arm === 1 ? logLogistic(logit + logRho) : logLogistic(-logit - logRho);
}

/** Log of the estimate: -Infinity without a bugcheck in arm 1, Infinity without one in arm 0. */
export function logRhoEstimate(allocations: readonly Allocation[]): number {
  const k1 = sum(allocations.map((allocation) => allocation.k1));
  const m = k1 + sum(allocations.map((allocation) => allocation.k0));
  if (k1 === 0) return -Infinity;
  if (k1 === m) return Infinity;
  const [only] = allocations;
  if (allocations.length === 1 && only !== undefined) return Math.log(k1 / (m - k1)) - only.logit;
  const score = (logRho: number) =>
    k1 - sum(allocations.map(({ logit, ...k }) => (k.k0 + k.k1) * logistic(logit + logRho)));
  return bisect(score, -logRhoMax, logRhoMax);
}

function toAllocations({ arms, r }: InterleavedBugchecks): readonly Allocation[] {
  const byProbability = new Map<number, { k0: number; k1: number }>();
  for (const [j, arm] of arms.entries()) {
    const probability = at(r, j);
    const tally = byProbability.get(probability) ?? { k0: 0, k1: 0 };
    if (arm === 1) tally.k1 += 1;
    else tally.k0 += 1;
    byProbability.set(probability, tally);
  }
  return [...byProbability].map(([probability, tally]) => ({
    logit: Math.log(probability) - Math.log1p(-probability),
    ...tally,
  }));
}

/** The faults of interleaved bugchecks, for calculators that take more besides. */
export function checkInterleaved({
  arms,
  r,
}: InterleavedBugchecks): readonly (InputFault | null)[] {
  return [
    checkThat(r.length === arms.length, '/r', `must have ${arms.length} entries like /arms`),
    ...arms.map((arm, j) => checkThat(arm === 0 || arm === 1, `/arms/${j}`, 'must be 0 or 1')),
    ...r.map((probability, j) => checkOpenUnit(`/r/${j}`, probability)),
  ];
}
