import { logMixture } from './e-process.ts';
import { checkOpenUnit, checkTally, checkThat, demand } from './input.ts';
import { at, bisect, logistic, logLogistic, sum, timesLog } from './numerics.ts';
import { demandRate, type Interval, type RateInput } from './rate.ts';

/** The logit of any rate a double can carry lies well inside [-700, 700]. */
const logitMax = 700;

/**
 * Interval for a rate that may be looked at after every migration and stopped at any moment: with
 * probability at least 1 - alpha it contains the true rate at all of them at once.
 *
 * { p : logMixture(k, n) - k log p - (n-k) log(1-p) < log(1/alpha) }, by bisection in logit p.
 * A pure function of (k, n): replayable, order-free, mergeable. Not intersected over time; an empty
 * intersection would only say that the rate drifts. n = 0 says nothing: [0, 1].
 * Source: Robbins 1970; Howard, Ramdas, McAuliffe & Sekhon 2021.
 *
 * @throws StatisticsInputError unless 0 <= k <= n are integers and 0 < alpha < 1
 */
export function confidenceSequence({ k, n, alpha }: RateInput): Interval {
  demandRate('confidence_sequence', { k, n, alpha });
  if (n === 0) return { lower: 0, upper: 1 };
  const level = logMixture(k, n) + Math.log(alpha);
  const excess = (x: number) =>
    level - timesLog(k, logLogistic(x)) - timesLog(n - k, logLogistic(-x));
  const middle = logitOf(k, n);
  return {
    lower: k === 0 ? 0 : logistic(bisect(excess, -logitMax, middle)),
    upper: k === n ? 1 : logistic(bisect(excess, middle, logitMax)),
  };
}

function logitOf(k: number, n: number): number {
  if (k === 0) return -logitMax;
  if (k === n) return logitMax;
  return Math.log(k / (n - k));
}

/**
 * Overall rate of several configurations, sum of w_c p_c with weights fixed in advance, and bounds
 * from a confidence sequence per configuration at alpha/C. A pooled k/n under adaptive allocation
 * estimates the allocator, not the product. `rate` is null while a configuration that carries
 * weight has no migration.
 *
 * @throws StatisticsInputError unless w, k, n are of one length >= 1, 0 <= k_c <= n_c are integers,
 *   the weights are >= 0 and sum to 1, and 0 < alpha < 1
 */
export function standardisedRate(input: {
  readonly w: readonly number[];
  readonly k: readonly number[];
  readonly n: readonly number[];
  readonly alpha: number;
}): { readonly rate: number | null; readonly lower: number; readonly upper: number } {
  demandStandardised(input);
  const { w, k, n, alpha } = input;
  const intervals = k.map((kc, c) =>
    confidenceSequence({ k: kc, n: at(n, c), alpha: alpha / k.length }),
  );
  const known = w.every((weight, c) => weight === 0 || at(n, c) > 0);
  const estimates = w.map((weight, c) => (weight === 0 ? 0 : (weight * at(k, c)) / at(n, c)));
  return {
    rate: known ? sum(estimates) : null,
    lower: sum(intervals.map(({ lower }, c) => at(w, c) * lower)),
    upper: sum(intervals.map(({ upper }, c) => at(w, c) * upper)),
  };
}

function demandStandardised(input: Parameters<typeof standardisedRate>[0]): void {
  const { w, k, n, alpha } = input;
  const what = 'standardised_rate';
  demand(
    what,
    checkThat(w.length > 0, '/w', 'must name at least one configuration'),
    checkThat(k.length === w.length, '/k', `must have ${w.length} entries like /w`),
    checkThat(n.length === w.length, '/n', `must have ${w.length} entries like /w`),
    checkOpenUnit('/alpha', alpha),
  );
  demand(
    what,
    checkThat(
      w.every((weight) => weight >= 0) && Math.abs(sum(w) - 1) < 1e-6,
      '/w',
      'must be weights of at least 0 that sum to 1',
    ),
    ...k.map((kc, c) => checkTally([`/k/${c}`, kc], [`/n/${c}`, at(n, c)])),
  );
}
