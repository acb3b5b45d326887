import { checkCount, checkOpenUnit, checkTally, checkThat, demand } from './input.ts';
import { betaQuantile, betaQuantileUpper } from './special.ts';

/** k bugchecks in n migrations, to be judged with the error probability alpha. */
export interface RateInput {
  readonly k: number;
  readonly n: number;
  readonly alpha: number;
}

/** An interval of rates (bugchecks per migration), both ends in [0, 1]. */
export interface Interval {
  readonly lower: number;
  readonly upper: number;
}

/**
 * Two-sided interval for a rate from a number of migrations that was fixed in advance: guaranteed
 * coverage of at least 1 - alpha at that one look. Watched live it fails in 22 % of campaigns of
 * 20,000; use `confidenceSequence` there.
 *
 * L = qbeta(alpha/2; k, n-k+1), U = upper-tail qbeta(alpha/2; k+1, n-k); n = 0 says nothing: [0, 1].
 * Source: Clopper & Pearson 1934.
 *
 * @throws StatisticsInputError unless 0 <= k <= n are integers and 0 < alpha < 1
 */
export function clopperPearson({ k, n, alpha }: RateInput): Interval {
  demandRate('clopper_pearson', { k, n, alpha });
  return {
    lower: k === 0 ? 0 : betaQuantile(alpha / 2, k, n - k + 1),
    upper: k === n ? 1 : betaQuantileUpper(alpha / 2, k + 1, n - k),
  };
}

/**
 * One end of the Clopper-Pearson interval with all of alpha spent on it: "the rate is below 1 in
 * 2,671 (95 %)" after 8,000 clean migrations.
 *
 * @throws StatisticsInputError as `clopperPearson`
 */
export function clopperPearsonOneSided({
  k,
  n,
  alpha,
  side,
}: RateInput & { readonly side: 'lower' | 'upper' }): { readonly bound: number } {
  demandRate('clopper_pearson_one_sided', { k, n, alpha });
  if (side === 'lower') return { bound: k === 0 ? 0 : betaQuantile(alpha, k, n - k + 1) };
  return { bound: k === n ? 1 : betaQuantileUpper(alpha, k + 1, n - k) };
}

/**
 * Interval for a rate when the campaign stopped at its k-th bugcheck, the n-th migration.
 * L as Clopper-Pearson, U = upper-tail qbeta(alpha/2; k, n-k). Source: Haldane 1945.
 *
 * @throws StatisticsInputError unless 1 <= k <= n are integers and 0 < alpha < 1
 */
export function clopperPearsonInverse({ k, n, alpha }: RateInput): Interval {
  demand(
    'clopper_pearson_inverse',
    checkTally(['/k', k], ['/n', n]),
    checkThat(k !== 0, '/k', 'must be at least 1: the campaign stopped at its k-th bugcheck'),
    checkOpenUnit('/alpha', alpha),
  );
  return {
    lower: betaQuantile(alpha / 2, k, n - k + 1),
    upper: k === n ? 1 : betaQuantileUpper(alpha / 2, k, n - k),
  };
}

/**
 * Quantiles of Beta(k + 1/2, n - k + 1/2), with L = 0 at k = 0 and U = 1 at k = n. Its coverage is
 * an average, not a guarantee: a "typical" band for a picture, never for a verdict.
 * Source: Brown, Cai & DasGupta 2001.
 *
 * @throws StatisticsInputError as `clopperPearson`
 */
export function jeffreys({ k, n, alpha }: RateInput): Interval {
  demandRate('jeffreys', { k, n, alpha });
  return {
    lower: k === 0 ? 0 : betaQuantile(alpha / 2, k + 0.5, n - k + 0.5),
    upper: k === n ? 1 : betaQuantileUpper(alpha / 2, k + 0.5, n - k + 0.5),
  };
}

/**
 * Upper bound of a rate after n clean migrations: exactly 1 - alpha^(1/n), approximately
 * -log(alpha)/n (3/n at alpha = 0.05). n = 0 bounds nothing: 1 and Infinity.
 * Source: Hanley & Lippman-Hand 1983.
 *
 * @throws StatisticsInputError unless n >= 0 is an integer and 0 < alpha < 1
 */
export function ruleOfThree({ n, alpha }: { readonly n: number; readonly alpha: number }): {
  readonly exact: number;
  readonly approx: number;
} {
  demand('rule_of_three', checkCount('/n', n), checkOpenUnit('/alpha', alpha));
  return { exact: -Math.expm1(Math.log(alpha) / n), approx: -Math.log(alpha) / n };
}

/** The checks that every calculator of one rate shares. */
export function demandRate(what: string, { k, n, alpha }: RateInput): void {
  demand(what, checkTally(['/k', k], ['/n', n]), checkOpenUnit('/alpha', alpha));
}
