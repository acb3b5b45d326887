import { demandEnumerable, demandTwoArms, type TwoArmsAtAlpha } from './compare.ts';
import { convolveLogs, type LogWeights, tilt } from './log-weights.ts';
import { bisect, sum } from './numerics.ts';
import { demandStrata, type Strata, type Stratum } from './strata.ts';

/** One-sided and minlike p-values at odds ratio 1, the conditional estimate and its exact limits. */
export interface ExactOddsRatio {
  readonly pLess: number;
  readonly pGreater: number;
  readonly pTwoSided: number;
  readonly oddsRatio: number | null;
  readonly lower: number;
  readonly upper: number;
}

/**
 * Fisher's exact test of two arms, with the odds ratio's conditional estimate and exact interval.
 * A cross-check of `rateRatioConditional`, less than 1 % apart for rare events. The limits are
 * roots to the last bit, where R's own are good to 1e-3. No information: oddsRatio null,
 * [0, Infinity], p = 1. Source: Fisher 1935.
 *
 * @throws StatisticsInputError unless 0 <= k <= n are integers in both arms, with at most
 *   20,000 bugchecks together, and 0 < alpha < 1
 */
export function fisherExact(input: TwoArmsAtAlpha): ExactOddsRatio {
  demandTwoArms('fisher_exact', input);
  demandEnumerable('fisher_exact', input);
  return exactOddsRatio([input], input.alpha);
}

/**
 * Exact common odds ratio over strata (arm 1 = the level is present): the convolution of one
 * hypergeometric distribution a stratum. A cross-check of `stratifiedExactRr`.
 * Source: Mehta, Patel & Gray 1985.
 *
 * @throws StatisticsInputError unless every stratum has integers 0 <= k <= n and 0 < alpha < 1
 */
export function stratifiedExactOr(input: Strata): ExactOddsRatio {
  demandStrata('stratified_exact_or', input);
  return exactOddsRatio(input.strata, input.alpha);
}

/** P(T = low + i), T = sum of k1, as unnormalised logs at odds ratio 1. */
interface Hypergeometric {
  readonly low: number;
  readonly logs: LogWeights;
}

/** Log odds ratios beyond these are of no use to anybody; exp(40) = 2e17. */
const logOddsMax = 40;
const tieFactor = 1 + 1e-7;

function exactOddsRatio(strata: readonly Stratum[], alpha: number): ExactOddsRatio {
  const { low, logs } = strata.map(hypergeometric).reduce(add, { low: 0, logs: [0] });
  const index = sum(strata.map(({ k1 }) => k1)) - low;
  const last = logs.length - 1;
  const tail = (from: number, to: number) => (x: number) =>
    sum(tilt(logs, x).slice(from, to + 1)) - alpha / 2;
  return {
    ...pValues(tilt(logs, 0), index),
    oddsRatio: conditionalEstimate(logs, index),
    lower: index === 0 ? 0 : rootInLogs(tail(index, last)),
    upper: index === last ? Infinity : rootInLogs(tail(0, index)),
  };
}

function pValues(probabilities: readonly number[], index: number) {
  const limit = (probabilities[index] ?? 0) * tieFactor;
  return {
    pLess: Math.min(1, sum(probabilities.slice(0, index + 1))),
    pGreater: Math.min(1, sum(probabilities.slice(index))),
    pTwoSided: Math.min(1, sum(probabilities.filter((probability) => probability <= limit))),
  };
}

function conditionalEstimate(logs: readonly number[], index: number): number | null {
  const last = logs.length - 1;
  if (last === 0) return null;
  if (index === 0) return 0;
  if (index === last) return Infinity;
  return rootInLogs((x) => sum(tilt(logs, x).map((p, i) => p * i)) - index);
}

function rootInLogs(f: (x: number) => number): number {
  return Math.exp(bisect(f, -logOddsMax, logOddsMax));
}

/** By ratios of neighbours, which no gamma function can match for precision. */
function hypergeometric({ k1, n1, k0, n0 }: Stratum): Hypergeometric {
  const m = k1 + k0;
  const low = Math.max(0, m - n0);
  const high = Math.min(m, n1);
  const logs = [0];
  let log = 0;
  for (let j = low; j < high; j += 1) {
    log += Math.log((n1 - j) * (m - j)) - Math.log((j + 1) * (n0 - m + j + 1));
    logs.push(log);
  }
  return { low, logs };
}

function add(a: Hypergeometric, b: Hypergeometric): Hypergeometric {
  return { low: a.low + b.low, logs: convolveLogs(a.logs, b.logs) };
}
