import type { RateRatio } from './compare.ts';
import { convolveLogs, type LogWeights, tilt } from './log-weights.ts';
import { bisect, sum } from './numerics.ts';
import { logBeta, normalQuantileUpper } from './special.ts';
import { demandStrata, type Strata, type Stratum } from './strata.ts';

/**
 * Common rate ratio of a factor's level against the rest, over strata of the other factors:
 * R = sum k1 n0/N, Q = sum k0 n1/N, RR = R/Q, with the variance of its log
 * sum[(n1 n0 (k1+k0) - k1 k0 N)/N^2]/(R Q). Good as an estimate, its interval only as a sketch:
 * decide with `stratifiedExactRr`. R = 0 or Q = 0 has no interval (null); both 0 no estimate.
 * Source: Mantel & Haenszel 1959; Greenland & Robins 1985.
 *
 * @throws StatisticsInputError unless every stratum has integers 0 <= k <= n and 0 < alpha < 1
 */
export function mantelHaenszelRr(input: Strata): {
  readonly rr: number | null;
  readonly lower: number | null;
  readonly upper: number | null;
} {
  demandStrata('mantel_haenszel_rr', input, Infinity);
  const strata = input.strata.filter(({ n0, n1 }) => n0 + n1 > 0);
  const r = sum(strata.map(({ k1, n1, n0 }) => (k1 * n0) / (n1 + n0)));
  const q = sum(strata.map(({ k0, n1, n0 }) => (k0 * n1) / (n1 + n0)));
  if (r === 0 && q === 0) return { rr: null, lower: null, upper: null };
  if (r === 0 || q === 0) return { rr: r / q, lower: null, upper: null };
  const variance = sum(strata.map(varianceTerm)) / (r * q);
  const width = normalQuantileUpper(input.alpha / 2) * Math.sqrt(variance);
  return { rr: r / q, lower: (r / q) * Math.exp(-width), upper: (r / q) * Math.exp(width) };
}

function varianceTerm({ k0, n0, k1, n1 }: Stratum): number {
  const n = n0 + n1;
  return (n1 * n0 * (k1 + k0) - k1 * k0 * n) / (n * n);
}

/** Log rate ratios beyond these are of no use to anybody. */
const logRhoMax = 50;

/**
 * Exact test and interval of a common rate ratio over strata: T = sum k1 is a convolution of
 * Bin(m_s, n1 rho/(n1 rho + n0)); rhoL solves P(T >= t) = alpha/2 (0 at t = 0), rhoU
 * P(T <= t) = alpha/2 (Infinity at t = M), and the p-values hold at rho = 1. Strata without a
 * bugcheck or with an empty arm say nothing and are dropped; none left: [0, Infinity], p = 1.
 * Quadratic in the number of bugchecks, at most 1,000.
 * Source: Martin & Austin 1996.
 *
 * @throws StatisticsInputError as `mantelHaenszelRr`, and for more than 1,000 bugchecks
 */
export function stratifiedExactRr(input: Strata): Omit<RateRatio, 'rr'> & {
  readonly pGreater: number;
  readonly pLess: number;
} {
  demandStrata('stratified_exact_rr', input);
  const strata = input.strata.filter(({ k0, n0, k1, n1 }) => k0 + k1 > 0 && n0 > 0 && n1 > 0);
  if (strata.length === 0) return { lower: 0, upper: Infinity, pGreater: 1, pLess: 1 };
  const t = sum(strata.map(({ k1 }) => k1));
  // An exponential family in log rho: convolved once, every other rho is a tilt away.
  const logs = strata.map(binomialLogs).reduce(convolveLogs, [0]);
  const atLeast = (logRho: number) => sum(tilt(logs, logRho).slice(t));
  const atMost = (logRho: number) => sum(tilt(logs, logRho).slice(0, t + 1));
  const root = (f: (logRho: number) => number) =>
    Math.exp(bisect((logRho) => f(logRho) - input.alpha / 2, -logRhoMax, logRhoMax));
  return {
    lower: t === 0 ? 0 : root(atLeast),
    upper: t === logs.length - 1 ? Infinity : root(atMost),
    pGreater: Math.min(1, atLeast(0)),
    pLess: Math.min(1, atMost(0)),
  };
}

/** log of C(m, k) (n1/n0)^k: Bin(m, n1/(n1 + n0)) but for its constant. */
function binomialLogs({ k0, n0, k1, n1 }: Stratum): LogWeights {
  const m = k0 + k1;
  return Array.from(
    { length: m + 1 },
    (_, k) => -logBeta(m - k + 1, k + 1) + k * Math.log(n1 / n0),
  );
}
