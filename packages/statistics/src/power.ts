import { conditionalPValues } from './compare.ts';
import { checkCount, checkOpenUnit, checkRate, checkThat, demand } from './input.ts';
import { gammaCdf, logGamma } from './special.ts';

/** Beyond this many expected bugchecks an exact power is of no use: it is 0 or 1. */
const expectedMax = 100_000;
const neglected = 1e-12;

/**
 * Probability that the exact conditional test finds the candidate better (pBetter <= alpha) when
 * the true rates are p0 and p1: the sum of dpois(x; n0 p0) dpois(y; n1 p1) over the rejected (x, y).
 * With p1 = 0, alpha = 0.05 and equal arms it is P(Poisson(n0 p0) >= 5). An empty arm has power 0.
 *
 * pBetter falls with x, so the rejected x of each y begin at a step that only moves up with y: the
 * double sum is walked along that staircase, in linear time.
 *
 * @throws StatisticsInputError unless p0 and p1 are in [0, 1], n0 and n1 >= 0 are integers with at
 *   most 100,000 expected bugchecks an arm, and 0 < alpha < 1
 */
export function powerConditional(input: {
  readonly p0: number;
  readonly n0: number;
  readonly p1: number;
  readonly n1: number;
  readonly alpha: number;
}): { readonly power: number } {
  const { p0, n0, p1, n1, alpha } = input;
  demand(
    'power_conditional',
    checkRate('/p0', p0),
    checkCount('/n0', n0),
    checkThat(!(p0 * n0 > expectedMax), '/n0', `must expect at most ${expectedMax} bugchecks`),
    checkRate('/p1', p1),
    checkCount('/n1', n1),
    checkThat(!(p1 * n1 > expectedMax), '/n1', `must expect at most ${expectedMax} bugchecks`),
    checkOpenUnit('/alpha', alpha),
  );
  if (n0 === 0 || n1 === 0 || p0 === 0) return { power: 0 };
  const xMax = poissonMax(n0 * p0);
  const yMax = poissonMax(n1 * p1);
  let x = 0;
  let power = 0;
  for (let y = 0; y <= yMax; y += 1) {
    while (x <= xMax && conditionalPValues({ k0: x, n0, k1: y, n1 }).pBetter > alpha) x += 1;
    if (x > xMax) break;
    power += poissonProbability(y, n1 * p1) * (x === 0 ? 1 : gammaCdf(n0 * p0, x));
  }
  return { power: Math.min(1, power) };
}

/** A count that a Poisson variable exceeds with a probability below 1e-12. */
function poissonMax(mean: number): number {
  if (mean === 0) return 0;
  let count = Math.ceil(mean);
  const step = Math.max(1, Math.ceil(Math.sqrt(mean)));
  while (gammaCdf(mean, count + 1) > neglected) count += step;
  return count;
}

function poissonProbability(y: number, mean: number): number {
  if (mean === 0) return y === 0 ? 1 : 0;
  return Math.exp(y * Math.log(mean) - mean - logGamma(y + 1));
}
