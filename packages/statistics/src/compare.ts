import { checkOpenUnit, checkTally, checkThat, demand } from './input.ts';
import { betaCdf, betaQuantile, betaQuantileUpper, logBeta } from './special.ts';

/** Arm 0 is the baseline, arm 1 the candidate: k bugchecks in n migrations each. */
export interface TwoArms {
  readonly k0: number;
  readonly n0: number;
  readonly k1: number;
  readonly n1: number;
}

export type TwoArmsAtAlpha = TwoArms & { readonly alpha: number };

/** The rate ratio rho = p1/p0, null when nothing was observed; its interval within [0, Infinity]. */
export interface RateRatio {
  readonly rr: number | null;
  readonly lower: number;
  readonly upper: number;
}

/**
 * Exact comparison of two rates at a planned look, conditional on all m = k0 + k1 bugchecks:
 * K1 ~ Bin(m, n1 rho / (n1 rho + n0)). `pBetter` is the one-sided p-value for "the candidate has
 * the lower rate", `pWorse` for the opposite; the two-sided p is the central one, min(1, 2 min), so
 * that it agrees with the interval (Fay 2010). Exact for planned n and for a baseline stopped at
 * its k0-th bugcheck, not for "stopped when it looked good".
 *
 * No bugcheck or an empty arm: rr null, [0, Infinity], p = 1.
 * Source: Przyborowski & Wilenski 1940.
 *
 * @throws StatisticsInputError unless 0 <= k <= n are integers in both arms and 0 < alpha < 1
 */
export function rateRatioConditional(input: TwoArmsAtAlpha): RateRatio & {
  readonly pBetter: number;
  readonly pWorse: number;
  readonly pTwoSided: number;
} {
  demandTwoArms('rate_ratio_conditional', input);
  const { k0, n0, k1, n1 } = input;
  if (isSilent(input)) {
    return { rr: null, lower: 0, upper: Infinity, pBetter: 1, pWorse: 1, pTwoSided: 1 };
  }
  const { pBetter, pWorse } = conditionalPValues(input);
  return {
    rr: k1 / n1 / (k0 / n0),
    ...conditionalInterval(input),
    pBetter,
    pWorse,
    pTwoSided: Math.min(1, 2 * Math.min(pBetter, pWorse)),
  };
}

/** One-sided exact p-values; expects valid arms, neither of them empty. */
export function conditionalPValues({ k0, n0, k1, n1 }: TwoArms): {
  readonly pBetter: number;
  readonly pWorse: number;
} {
  return {
    pBetter: k0 === 0 ? 1 : betaCdf(n0 / (n0 + n1), k0, k1 + 1),
    pWorse: k1 === 0 ? 1 : betaCdf(n1 / (n0 + n1), k1, k0 + 1),
  };
}

/** Clopper-Pearson for the share of arm 1 among the bugchecks, mapped to rho. */
function conditionalInterval({ k0, n0, k1, n1, alpha }: TwoArmsAtAlpha) {
  const share = k1 === 0 ? 0 : betaQuantile(alpha / 2, k1, k0 + 1);
  // Both ends of the upper odds come from their own tail: 1 - c would cancel when k0 is large.
  const shareUpper = k0 === 0 ? 1 : betaQuantileUpper(alpha / 2, k1 + 1, k0);
  const rest = k0 === 0 ? 0 : betaQuantile(alpha / 2, k0, k1 + 1);
  return {
    lower: ((share / (1 - share)) * n0) / n1,
    upper: rest === 0 ? Infinity : ((shareUpper / rest) * n0) / n1,
  };
}

/**
 * Two-sample Poisson test as R's poisson.test prints it: the same interval, and the "minlike"
 * p-value, which can contradict it. A cross-check, never the verdict.
 *
 * @throws StatisticsInputError as `rateRatioConditional`, and for more than 20,000 bugchecks
 */
export function poissonTest(
  input: TwoArmsAtAlpha,
): RateRatio & { readonly pTwoSidedMinlike: number } {
  demandTwoArms('poisson_test', input);
  demandEnumerable('poisson_test', input);
  const { k0, n0, k1, n1 } = input;
  if (isSilent(input)) return { rr: null, lower: 0, upper: Infinity, pTwoSidedMinlike: 1 };
  return {
    rr: k1 / n1 / (k0 / n0),
    ...conditionalInterval(input),
    pTwoSidedMinlike: minlikeBinomialP(k1, k0 + k1, n1 / (n0 + n1)),
  };
}

/** The cross-checks walk over every outcome, which is instant up to here. */
const bugchecksMax = 20_000;

/** Refuses more bugchecks than the enumerating cross-checks can walk over. */
export function demandEnumerable(what: string, { k0, k1 }: TwoArms): void {
  demand(
    what,
    checkThat(k0 + k1 <= bugchecksMax, '/k0', `and /k1 must sum to at most ${bugchecksMax}`),
  );
}

/** R calls outcomes equally likely within this factor, so that rounding cannot split a tie. */
const tieFactor = 1 + 1e-7;

/** Sum of the probabilities of all outcomes no likelier than k, for K ~ Bin(m, share). */
function minlikeBinomialP(k: number, m: number, share: number): number {
  const limit = binomialProbability(k, m, share) * tieFactor;
  let p = 0;
  for (let j = 0; j <= m; j += 1) {
    const probability = binomialProbability(j, m, share);
    if (probability <= limit) p += probability;
  }
  return Math.min(1, p);
}

/** P(K = k) for K ~ Bin(m, share), share in (0, 1). */
function binomialProbability(k: number, m: number, share: number): number {
  const logChoose = -Math.log(m + 1) - logBeta(m - k + 1, k + 1);
  return Math.exp(logChoose + k * Math.log(share) + (m - k) * Math.log1p(-share));
}

/** The checks that every comparison of two arms shares. */
export function demandTwoArms(what: string, { k0, n0, k1, n1, alpha }: TwoArmsAtAlpha): void {
  demand(
    what,
    checkTally(['/k0', k0], ['/n0', n0]),
    checkTally(['/k1', k1], ['/n1', n1]),
    checkOpenUnit('/alpha', alpha),
  );
}

/** True when the ratio of the rates is undefined: no bugcheck anywhere, or an empty arm. */
export function isSilent({ k0, n0, k1, n1 }: TwoArms): boolean {
  return k0 + k1 === 0 || n0 === 0 || n1 === 0;
}
