import { checkRate, checkTally, demand } from './input.ts';
import { logLikelihood, logSumExp } from './numerics.ts';
import { logBeta } from './special.ts';

/**
 * Second parameters of the mixture's seven Beta(1/2, b) components, one a decade: the interval
 * stays within 0.9 to 1.45 times Clopper-Pearson from a hundred to a million migrations, with no
 * knob to turn. Beta(1/2, 1/2) alone would be up to 2.8 times as wide.
 */
const decades = [0.5, 5, 50, 500, 5_000, 50_000, 500_000] as const;
const logBetaOfDecades = decades.map((b) => logBeta(0.5, b));
const logDecadeCount = Math.log(decades.length);

/**
 * Log-likelihood of k bugchecks in n migrations under the decade mixture of rates: the numerator
 * of every e-value for a rate. `lse_j[lbeta(1/2+k, b_j+n-k) - lbeta(1/2, b_j)] - log 7`.
 * Source: Robbins 1970; Howard, Ramdas, McAuliffe & Sekhon 2021.
 */
export function logMixture(k: number, n: number): number {
  const terms = decades.map(
    (b, j) => logBeta(0.5 + k, b + n - k) - (logBetaOfDecades[j] ?? Number.NaN),
  );
  return logSumExp(terms) - logDecadeCount;
}

/**
 * Log of the e-value against "the rate is p", for any moment at which somebody looks.
 * Expects 0 <= k <= n and 0 <= p <= 1.
 */
export function logEvidenceAgainstRate(k: number, n: number, p: number): number {
  return n === 0 ? 0 : logMixture(k, n) - logLikelihood(k, n, p);
}

/**
 * Anytime-valid evidence against "p <= p0" (`le`) or "p >= p0" (`ge`): reject when
 * logE >= log(1/alpha), at whatever look. A composite null is judged at its member nearest to k/n,
 * so this verdict and `confidenceSequence` cannot disagree. Infinity when the null is impossible.
 *
 * @throws StatisticsInputError unless 0 <= k <= n are integers and 0 <= p0 <= 1
 */
export function eProcessRate(input: {
  readonly k: number;
  readonly n: number;
  readonly p0: number;
  readonly null: 'le' | 'ge';
}): { readonly logE: number } {
  const { k, n, p0 } = input;
  demand('e_process_rate', checkTally(['/k', k], ['/n', n]), checkRate('/p0', p0));
  if (n === 0) return { logE: 0 };
  const nearest = input.null === 'le' ? Math.min(p0, k / n) : Math.max(p0, k / n);
  return { logE: logEvidenceAgainstRate(k, n, nearest) };
}
