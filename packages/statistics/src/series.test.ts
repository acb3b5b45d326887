import { expect, test } from 'vitest';
import { confidenceSequence } from './confidence-sequence.ts';
import type { HistoricBugcheck, History } from './history.ts';
import { evidenceSeries, rateSeries } from './series.ts';
import { uiEProcess } from './universal-inference.ts';
import { judge } from './verdict.ts';

const claim = { alpha: 0.05, effectivenessTarget: 0.9, futilityRate: null };

test('the band is the confidence sequence at every point, steps at each bugcheck, ends now', () => {
  const points = rateSeries({ bugchecksAt: [700, 1500], n: 4000, alpha: 0.05, pointsMax: 60 });
  expect(points[0]).toEqual({ n: 0, k: 0, lower: 0, upper: 1 });
  expect(points.at(-1)).toEqual({
    n: 4000,
    k: 2,
    ...confidenceSequence({ k: 2, n: 4000, alpha: 0.05 }),
  });
  expect(points.filter(({ n }) => n === 699 || n === 700).map(({ k }) => k)).toEqual([0, 1]);
  expect(points.length).toBeLessThanOrEqual(60);
  expect(points.map(({ n }) => n)).toEqual(points.map(({ n }) => n).toSorted((a, b) => a - b));
});

test('a million exposures and a thousand bugchecks stay within the number of points', () => {
  const bugchecksAt = Array.from({ length: 1000 }, (_, j) => 1000 * (j + 1));
  const points = rateSeries({ bugchecksAt, n: 1_000_000, alpha: 0.05, pointsMax: 500 });
  expect(points.length).toBeLessThanOrEqual(500);
  expect(points.at(-1)).toMatchObject({ n: 1_000_000, k: 1000 });
});

test('nothing at all is a band of one point', () => {
  expect(rateSeries({ bugchecksAt: [], n: 0, alpha: 0.05, pointsMax: 500 })).toEqual([
    { n: 0, k: 0, lower: 0, upper: 1 },
  ]);
});

function interleaved(arms: readonly (0 | 1)[]): History {
  const bugchecks = arms.map(
    (arm, j): HistoricBugcheck => ({ arm, r: 0.5, n0: 100 * (j + 1), n1: 100 * (j + 1) }),
  );
  return { bugchecks, n0: 100 * (arms.length + 1), n1: 100 * (arms.length + 1) };
}

test('interleaved: the last point is the verdict’s own evidence, and it steps at bugchecks', () => {
  const history = interleaved([0, 0, 1, 0, 0, 0]);
  const points = evidenceSeries({ design: 'interleaved', history, claim, pointsMax: 500 });
  const verdict = judge({ design: 'interleaved', history, claim });
  expect(points.at(-1)?.logE).toBe(verdict.comparison?.logE);
  expect(points.at(-1)?.n).toBe(1400);
  expect(Math.max(...points.map(({ logE }) => logE))).toBe(
    Math.max(0, verdict.comparison?.logEMax ?? 0),
  );
  expect(points.length).toBe(2 * 6 + 1);
});

test('sequence: clean exposures climb between the bugchecks', () => {
  const before = Array.from(
    { length: 9 },
    (_, j): HistoricBugcheck => ({ arm: 0, r: 0.5, n0: Math.floor((12_000 * (j + 1)) / 9), n1: 0 }),
  );
  const history = { bugchecks: before, n0: 12_000, n1: 8000 };
  const points = evidenceSeries({ design: 'sequence', history, claim, pointsMax: 200 });
  expect(points.length).toBeLessThanOrEqual(200);
  const climbing = points.filter(({ n }) => n > 13_000);
  expect(climbing.length).toBeGreaterThan(20);
  for (const { n, logE } of climbing) {
    const direct = uiEProcess({ k0: 9, n0: 12_000, k1: 0, n1: n - 12_000, rho0: 1 }).logE;
    expect(logE).toBeCloseTo(direct, 9);
  }
});
