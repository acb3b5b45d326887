import { expect, test } from 'vitest';
import { confidenceSequence, standardisedRate } from './confidence-sequence.ts';
import { eProcessRate } from './e-process.ts';
import { StatisticsInputError } from './input.ts';
import { clopperPearson, clopperPearsonOneSided } from './rate.ts';

test('8,000 clean migrations bound the rate at 1 in 2,671', () => {
  const { bound } = clopperPearsonOneSided({ k: 0, n: 8000, alpha: 0.05, side: 'upper' });
  expect(Math.floor(1 / bound)).toBe(2670);
  expect(Math.round(1 / bound)).toBe(2671);
});

test('no migrations say nothing about the rate', () => {
  expect(clopperPearson({ k: 0, n: 0, alpha: 0.05 })).toEqual({ lower: 0, upper: 1 });
  expect(confidenceSequence({ k: 0, n: 0, alpha: 0.05 })).toEqual({ lower: 0, upper: 1 });
  expect(eProcessRate({ k: 0, n: 0, p0: 0.5, null: 'le' })).toEqual({ logE: 0 });
});

test('every fault of an input is named, not only the first', () => {
  const attempt = () => clopperPearson({ k: 1.5, n: -1, alpha: Number.NaN });
  expect(attempt).toThrow(StatisticsInputError);
  expect(attempt).toThrow(/\/k must be an integer.*\/n must be an integer.*\/alpha must be above/);
});

test('more bugchecks than migrations are refused', () => {
  expect(() => clopperPearson({ k: 5, n: 3, alpha: 0.05 })).toThrow('/k must be at most /n (3)');
});

test('the confidence sequence and the e-process agree on what is rejected', () => {
  for (const [k, n] of [
    [0, 4000],
    [1, 500],
    [9, 12000],
  ] as const) {
    const { lower, upper } = confidenceSequence({ k, n, alpha: 0.05 });
    const limit = Math.log(20);
    expect(eProcessRate({ k, n, p0: upper * 1.001, null: 'ge' }).logE).toBeGreaterThan(limit);
    expect(eProcessRate({ k, n, p0: upper * 0.999, null: 'ge' }).logE).toBeLessThan(limit);
    if (k === 0) continue;
    expect(eProcessRate({ k, n, p0: lower * 0.999, null: 'le' }).logE).toBeGreaterThan(limit);
    expect(eProcessRate({ k, n, p0: lower * 1.001, null: 'le' }).logE).toBeLessThan(limit);
  }
});

test('a configuration without migrations leaves the overall rate unknown, not NaN', () => {
  const rate = standardisedRate({ w: [0.5, 0.5], k: [1, 0], n: [100, 0], alpha: 0.05 });
  expect(rate.rate).toBeNull();
  expect(rate.upper).toBeGreaterThan(0.5);
});
