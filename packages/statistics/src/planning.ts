import {
  checkCount,
  checkOpenUnit,
  checkPositive,
  checkRate,
  checkTally,
  checkThat,
  demand,
} from './input.ts';
import { ceilGuarded, smallestInteger } from './numerics.ts';
import { betaCdf, betaQuantile, logBeta } from './special.ts';

/** A number of migrations; Infinity when no number suffices. */
export interface Migrations {
  readonly n: number;
}

/** Thresholds are met up to rounding: an exact tie counts as reached. */
const slack = 1e-12;

/**
 * Migrations after which a bugcheck with the known rate p was seen with probability `prob`:
 * ceil(log1p(-prob) / log1p(-p)). Infinity at p = 0, 0 at prob = 0.
 *
 * @throws StatisticsInputError unless 0 <= p <= 1 and 0 <= prob < 1
 */
export function migrationsToReproduce({
  p,
  prob,
}: {
  readonly p: number;
  readonly prob: number;
}): Migrations {
  demand('migrations_to_reproduce', checkRate('/p', p), checkProbability(prob));
  if (prob === 0) return { n: 0 };
  if (p === 0) return { n: Infinity };
  if (p === 1) return { n: 1 };
  return { n: Math.max(1, ceilGuarded(Math.log1p(-prob) / Math.log1p(-p))) };
}

/**
 * Further migrations after which the next bugcheck was seen with probability `prob`, averaged over
 * what k bugchecks in n migrations leave possible (a Beta(a, b) prior): the smallest m >= 1 with
 * lbeta(a+k, b+n-k+m) - lbeta(a+k, b+n-k) <= log1p(-prob). Does not depend on the stopping rule.
 * At k = 0 it is honest and ugly, 399 n at 95 %: say "not reproduced" there, no forecast.
 *
 * @throws StatisticsInputError unless 0 <= k <= n are integers, 0 <= prob < 1, a > 0 and b > 0
 */
export function predictiveMigrationsToReproduce({
  k,
  n,
  prob,
  a = 0.5,
  b = 0.5,
}: {
  readonly k: number;
  readonly n: number;
  readonly prob: number;
  readonly a?: number | undefined;
  readonly b?: number | undefined;
}): Migrations {
  demand(
    'predictive_migrations_to_reproduce',
    checkTally(['/k', k], ['/n', n]),
    checkProbability(prob),
    checkPositive('/a', a),
    checkPositive('/b', b),
  );
  const logMissAllowed = Math.log1p(-prob) + slack;
  const now = logBeta(a + k, b + n - k);
  return { n: smallestInteger((m) => logBeta(a + k, b + n - k + m) - now <= logMissAllowed) };
}

/**
 * Migrations with at most `allowed` bugchecks that show a rate below the specification p: smallest
 * n with P(Bin(n, p) <= allowed) <= alpha; ceil(log(alpha) / log1p(-p)) for none allowed. p is a
 * promise here, not an estimate: against a measured baseline use `cleanNeededVsBaseline`.
 *
 * @throws StatisticsInputError unless 0 <= p <= 1, 0 < alpha < 1 and allowed >= 0 is an integer
 */
export function zeroFailureSampleSize({
  p,
  alpha,
  allowed = 0,
}: {
  readonly p: number;
  readonly alpha: number;
  readonly allowed?: number | undefined;
}): Migrations {
  demand(
    'zero_failure_sample_size',
    checkRate('/p', p),
    checkOpenUnit('/alpha', alpha),
    checkCount('/allowed', allowed),
  );
  if (p === 0) return { n: Infinity };
  if (p === 1) return { n: allowed + 1 };
  if (allowed === 0) return { n: Math.max(1, ceilGuarded(Math.log(alpha) / Math.log1p(-p))) };
  const limit = alpha * (1 + slack);
  return {
    n: smallestInteger((n) => n > allowed && betaCdf(1 - p, n - allowed, allowed + 1) <= limit),
  };
}

/**
 * The candidate's migrations that, with at most `allowed` bugchecks, show rho < rrMax at alpha
 * against k0 in n0: ceil(n0 (1/qbeta(alpha; k0, allowed+1) - 1) / rrMax). rrMax = 1 shows "lower",
 * rrMax = 0.1 shows "at least 90 % effective". Register the numbers before the candidate starts:
 * then the only look that confirms is at n, and watching is free. Infinity at k0 = 0.
 *
 * @throws StatisticsInputError unless 0 <= k0 <= n0 and allowed >= 0 are integers, 0 < alpha < 1
 *   and rrMax > 0
 */
export function cleanNeededVsBaseline({
  k0,
  n0,
  alpha,
  rrMax = 1,
  allowed = 0,
}: {
  readonly k0: number;
  readonly n0: number;
  readonly alpha: number;
  readonly rrMax?: number | undefined;
  readonly allowed?: number | undefined;
}): Migrations {
  demand(
    'clean_needed_vs_baseline',
    checkTally(['/k0', k0], ['/n0', n0]),
    checkOpenUnit('/alpha', alpha),
    checkPositive('/rrMax', rrMax),
    checkCount('/allowed', allowed),
  );
  if (k0 === 0) return { n: Infinity };
  const share = betaQuantile(alpha, k0, allowed + 1);
  return { n: ceilGuarded((n0 * (1 / share - 1)) / rrMax) };
}

/** The work of the hypergeometric product is linear in k0. */
const fisherBugchecksMax = 100_000;

/**
 * As `cleanNeededVsBaseline` with nothing allowed, by Fisher's exact test: smallest n1 with
 * P(no bugcheck in arm 1) <= alpha given all k0. A cross-check, 1 % apart. Infinity at k0 = 0.
 *
 * @throws StatisticsInputError unless 0 <= k0 <= n0 are integers, k0 <= 100,000 and 0 < alpha < 1
 */
export function cleanNeededFisher({
  k0,
  n0,
  alpha,
}: {
  readonly k0: number;
  readonly n0: number;
  readonly alpha: number;
}): Migrations {
  demand(
    'clean_needed_fisher',
    checkTally(['/k0', k0], ['/n0', n0]),
    checkThat(!(k0 > fisherBugchecksMax), '/k0', `must be at most ${fisherBugchecksMax}`),
    checkOpenUnit('/alpha', alpha),
  );
  if (k0 === 0) return { n: Infinity };
  const limit = Math.log(alpha) + slack;
  return { n: smallestInteger((n1) => logAllInBaseline(k0, n0, n1) <= limit) };
}

/** log P(all k0 bugchecks fall into the n0 baseline migrations of n0 + n1). */
function logAllInBaseline(k0: number, n0: number, n1: number): number {
  let log = 0;
  for (let i = 0; i < k0; i += 1) log += Math.log1p(-n1 / (n0 + n1 - i));
  return log;
}

function checkProbability(prob: number) {
  return checkThat(prob >= 0 && prob < 1, '/prob', `must be at least 0 and below 1, not ${prob}`);
}
