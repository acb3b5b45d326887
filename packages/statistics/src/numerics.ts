import { assert } from '@gauntlet/shared/kernel/assert';

/** log(sum of exp(v)) without overflow; -Infinity for no terms or only impossible ones. */
export function logSumExp(values: readonly number[]): number {
  let largest = -Infinity;
  for (const value of values) largest = Math.max(largest, value);
  if (!Number.isFinite(largest)) return largest;
  let total = 0;
  for (const value of values) total += Math.exp(value - largest);
  return largest + Math.log(total);
}

/** `factor * logarithm` with the convention 0 * log 0 = 0. */
export function timesLog(factor: number, logarithm: number): number {
  return factor === 0 ? 0 : factor * logarithm;
}

/** Log-likelihood of k bugchecks in n migrations at the rate p, without the binomial constant. */
export function logLikelihood(k: number, n: number, p: number): number {
  return timesLog(k, Math.log(p)) + timesLog(n - k, Math.log1p(-p));
}

/** log(1 / (1 + exp(-x))), exact in both tails. */
export function logLogistic(x: number): number {
  return x > 0 ? -Math.log1p(Math.exp(-x)) : x - Math.log1p(Math.exp(x));
}

/** 1 / (1 + exp(-x)), exact in both tails. */
export function logistic(x: number): number {
  return Math.exp(logLogistic(x));
}

/** Rounds up, but forgives the last bits of a quotient: 0.3 and 0.657 need 3 migrations, not 4. */
export function ceilGuarded(x: number): number {
  if (!Number.isFinite(x)) return x;
  return Math.ceil(x - 1e-9 * Math.max(1, Math.abs(x)));
}

const halvingsMax = 400;

/**
 * The point in [low, high] where `f` changes its sign, to the last bit. `f` need only be monotone
 * in sign; when it never changes, the answer is an end of the bracket.
 */
export function bisect(f: (x: number) => number, low: number, high: number): number {
  const signLow = Math.sign(f(low));
  let from = low;
  let to = high;
  for (let halving = 0; halving < halvingsMax; halving += 1) {
    const middle = (from + to) / 2;
    if (middle === from || middle === to) break;
    if (Math.sign(f(middle)) === signLow) from = middle;
    else to = middle;
  }
  return (from + to) / 2;
}

const doublingsMax = 1000;

/**
 * The smallest integer >= 1 for which a monotone `holds` is true, by doubling and bisection;
 * Infinity when it holds for no number a double can carry.
 */
export function smallestInteger(holds: (candidate: number) => boolean): number {
  let high = 1;
  let doublings = 0;
  while (!holds(high)) {
    high *= 2;
    doublings += 1;
    if (doublings > doublingsMax) return Infinity;
  }
  let low = Math.floor(high / 2);
  for (let halving = 0; halving < doublingsMax && high - low > 1; halving += 1) {
    const middle = Math.floor((low + high) / 2);
    if (middle === low || middle === high) break;
    if (holds(middle)) high = middle;
    else low = middle;
  }
  return high;
}

/** The element at an index that the caller knows to exist. */
export function at<T>(values: readonly T[], index: number): T {
  const value = values[index];
  assert(value !== undefined, `no element ${index} in a list of ${values.length}`);
  return value;
}

export function sum(values: readonly number[]): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}

export function zeros(length: number): number[] {
  return Array.from({ length }, () => 0);
}
