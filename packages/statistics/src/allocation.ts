import { checkPositive, checkTally, demand } from './input.ts';
import { betaCdfUpper, gammaQuantile, gammaQuantileUpper } from './special.ts';

/**
 * What k bugchecks in n migrations leave possible for a rate under a Gamma(a, rate b) prior: mean
 * and central 95 % of Gamma(a + k, b + n), in bugchecks per migration.
 *
 * @throws StatisticsInputError unless 0 <= k <= n are integers, a > 0 and b > 0
 */
export function gammaPosterior(input: {
  readonly k: number;
  readonly n: number;
  readonly a: number;
  readonly b: number;
}): { readonly mean: number; readonly q025: number; readonly q975: number } {
  const { k, n, a, b } = input;
  demand(
    'gamma_posterior',
    checkTally(['/k', k], ['/n', n]),
    checkPositive('/a', a),
    checkPositive('/b', b),
  );
  return {
    mean: (a + k) / (b + n),
    q025: gammaQuantile(0.025, a + k) / (b + n),
    q975: gammaQuantileUpper(0.025, a + k) / (b + n),
  };
}

/**
 * Posterior probability that configuration A has the higher rate than B, both with a
 * Gamma(a, rate b) prior: 1 - pbeta((b + nA)/(2b + nA + nB); a + kA, a + kB). For the hunt only: a
 * configuration chosen by it needs fresh data before it may serve as a baseline.
 *
 * @throws StatisticsInputError unless 0 <= k <= n are integers for both, a > 0 and b > 0
 */
export function probFaster(input: {
  readonly kA: number;
  readonly nA: number;
  readonly kB: number;
  readonly nB: number;
  readonly a: number;
  readonly b: number;
}): { readonly prob: number } {
  const { kA, nA, kB, nB, a, b } = input;
  demand(
    'prob_faster',
    checkTally(['/kA', kA], ['/nA', nA]),
    checkTally(['/kB', kB], ['/nB', nB]),
    checkPositive('/a', a),
    checkPositive('/b', b),
  );
  return { prob: betaCdfUpper((b + nA) / (2 * b + nA + nB), a + kA, a + kB) };
}
