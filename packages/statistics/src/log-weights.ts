import { at, logSumExp } from './numerics.ts';

/** Unnormalised probabilities of 0, 1, 2, ... as logarithms: they survive where doubles underflow. */
export type LogWeights = readonly number[];

/** The distribution at the odds or rate ratio exp(x), normalised: weights times exp(x t). */
export function tilt(logs: LogWeights, x: number): readonly number[] {
  const tilted = logs.map((log, t) => log + x * t);
  const total = logSumExp(tilted);
  return tilted.map((log) => Math.exp(log - total));
}

/** The weights of a sum of two independent counts. */
export function convolveLogs(a: LogWeights, b: LogWeights): LogWeights {
  return Array.from({ length: a.length + b.length - 1 }, (_, t) => {
    const from = Math.max(0, t - b.length + 1);
    const to = Math.min(a.length - 1, t);
    const terms: number[] = [];
    for (let i = from; i <= to; i += 1) terms.push(at(a, i) + at(b, t - i));
    return logSumExp(terms);
  });
}
