import { expect, test } from 'vitest';
import { clusterExactP } from './clustering.ts';
import { rateRatioConditional } from './compare.ts';
import { condEProcess } from './conditional-e-process.ts';
import { confidenceSequence } from './confidence-sequence.ts';
import { eProcessRate } from './e-process.ts';
import { stratifiedExactRr } from './factors.ts';
import {
  cleanNeededVsBaseline,
  predictiveMigrationsToReproduce,
  zeroFailureSampleSize,
} from './planning.ts';
import { powerConditional } from './power.ts';
import { clopperPearson, clopperPearsonInverse } from './rate.ts';
import { exponentialRate } from './survival.ts';
import { uiEProcess } from './universal-inference.ts';

/*
 * The definitions themselves, by enumeration on small numbers, without a special function: if these
 * agree, the formulas mean what they claim.
 */

/** P(K = k) for K ~ Bin(n, p), by multiplication. */
function binomial(k: number, n: number, p: number): number {
  let value = 1;
  for (let i = 0; i < k; i += 1) value *= ((n - i) / (i + 1)) * p;
  return value * (1 - p) ** (n - k);
}

const range = (from: number, to: number) =>
  Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i);
const total = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0);

test('Clopper-Pearson ends are where a tail is alpha/2', () => {
  for (const n of [1, 2, 7, 30]) {
    for (const k of range(0, n)) {
      const { lower, upper } = clopperPearson({ k, n, alpha: 0.1 });
      if (k > 0) expect(total(range(k, n).map((j) => binomial(j, n, lower)))).toBeCloseTo(0.05, 9);
      if (k < n) expect(total(range(0, k).map((j) => binomial(j, n, upper)))).toBeCloseTo(0.05, 9);
    }
  }
});

test('stopped at the k-th bugcheck: the upper end makes needing so many migrations alpha/2 rare', () => {
  for (const [k, n] of [
    [1, 9],
    [3, 20],
    [5, 40],
  ] as const) {
    const { upper } = clopperPearsonInverse({ k, n, alpha: 0.1 });
    // Needing n or more migrations: fewer than k bugchecks in the first n - 1.
    expect(total(range(0, k - 1).map((j) => binomial(j, n - 1, upper)))).toBeCloseTo(0.05, 9);
  }
});

test('Clopper-Pearson covers at least 1 - alpha at every rate', () => {
  const n = 25;
  const intervals = range(0, n).map((k) => clopperPearson({ k, n, alpha: 0.1 }));
  for (const p of range(1, 99).map((i) => i / 100)) {
    const covered = range(0, n).filter(
      (k) => (intervals[k]?.lower ?? 0) <= p && p <= (intervals[k]?.upper ?? 1),
    );
    expect(total(covered.map((k) => binomial(k, n, p)))).toBeGreaterThanOrEqual(0.9 - 1e-12);
  }
});

/** All 2^n histories of n migrations at the rate p. */
function expectationOver(n: number, p: number, f: (k: number, n: number) => number): number {
  return total(range(0, n).map((k) => binomial(k, n, p) * f(k, n)));
}

test('the rate e-process has expectation 1 under its null, at every length', () => {
  for (const p0 of [0.01, 0.2, 0.7]) {
    for (const n of [1, 5, 12]) {
      const logE = (k: number) => eProcessRate({ k, n, p0, null: 'le' }).logE;
      // A composite null is judged at its nearest member, so the expectation is at most 1 ...
      expect(expectationOver(n, p0, (k) => Math.exp(logE(k)))).toBeLessThanOrEqual(1 + 1e-9);
      // ... and the mixture itself, against the point, is exactly 1.
      const exact = expectationOver(n, p0, (k) =>
        Math.exp(Math.max(logE(k), eProcessRate({ k, n, p0, null: 'ge' }).logE)),
      );
      expect(exact).toBeCloseTo(1, 9);
    }
  }
});

test('watched after every one of 200 migrations, the confidence sequence misses at most alpha', () => {
  const intervals = new Map<string, { lower: number; upper: number }>();
  const missedBy = (k: number, n: number, p: number) => {
    const key = `${k}/${n}`;
    const known = intervals.get(key) ?? confidenceSequence({ k, n, alpha: 0.2 });
    intervals.set(key, known);
    return p < known.lower || p > known.upper;
  };
  for (const p of [0.02, 0.3]) {
    // Exact: carry the probability of every k that was never outside.
    let alive = [1];
    for (const n of range(1, 200)) {
      const next = range(0, n).map((k) => (alive[k] ?? 0) * (1 - p) + (alive[k - 1] ?? 0) * p);
      alive = next.map((probability, k) => (missedBy(k, n, p) ? 0 : probability));
    }
    expect(1 - total(alive)).toBeLessThanOrEqual(0.2);
    expect(1 - total(alive)).toBeGreaterThan(0.005);
  }
});

test('the conditional e-process has expectation at most 1 under every ratio of its null', () => {
  const m = 8;
  const r = [0.5, 0.3, 0.8, 0.5, 0.5, 0.6, 0.2, 0.5];
  for (const rho of [1, 1.5, 4]) {
    let expectation = 0;
    for (let code = 0; code < 2 ** m; code += 1) {
      const arms = range(0, m - 1).map((j) => (code >> j) & 1);
      const probability = arms.reduce((product, arm, j) => {
        const rj = r[j] ?? 0;
        const q = (rj * rho) / (rj * rho + 1 - rj);
        return product * (arm === 1 ? q : 1 - q);
      }, 1);
      expectation += probability * Math.exp(condEProcess({ arms, r, rho0: 1 }).logE);
    }
    expect(expectation).toBeLessThanOrEqual(1 + 1e-9);
    if (rho === 1) expect(expectation).toBeGreaterThan(0.5);
  }
});

test('universal inference has expectation at most 1 under every pair of rates of its null', () => {
  const n = 12;
  for (const [p0, p1] of [
    [0.3, 0.3],
    [0.1, 0.2],
    [0.05, 0.05],
  ] as const) {
    let expectation = 0;
    for (const k0 of range(0, n)) {
      for (const k1 of range(0, n)) {
        const { logE } = uiEProcess({ k0, n0: n, k1, n1: n, rho0: 1 });
        expectation += binomial(k0, n, p0) * binomial(k1, n, p1) * Math.exp(logE);
      }
    }
    expect(expectation).toBeLessThanOrEqual(1);
  }
});

test('conditional p-values and limits are binomial tails of the candidate', () => {
  const share = (rho: number, n0: number, n1: number) => (n1 * rho) / (n1 * rho + n0);
  for (const [k0, n0, k1, n1] of [
    [9, 100, 2, 80],
    [3, 50, 3, 10],
    [5, 20, 0, 20],
  ] as const) {
    const m = k0 + k1;
    const { pBetter, pWorse, lower, upper } = rateRatioConditional({ k0, n0, k1, n1, alpha: 0.1 });
    const tail = (from: number, to: number, rho: number) =>
      total(range(from, to).map((j) => binomial(j, m, share(rho, n0, n1))));
    expect(pBetter).toBeCloseTo(tail(0, k1, 1), 10);
    expect(pWorse).toBeCloseTo(tail(k1, m, 1), 10);
    expect(tail(0, k1, upper)).toBeCloseTo(0.05, 8);
    if (k1 > 0) expect(tail(k1, m, lower)).toBeCloseTo(0.05, 8);
  }
});

test('the test and its interval never contradict each other', () => {
  for (const k0 of range(0, 8)) {
    for (const k1 of range(0, 8)) {
      const result = rateRatioConditional({ k0, n0: 300, k1, n1: 200, alpha: 0.05 });
      expect(result.upper < 1 || result.lower > 1).toBe(result.pTwoSided < 0.05);
    }
  }
});

test('a registered number of clean migrations is the smallest that the test accepts', () => {
  for (const [k0, n0, alpha] of [
    [3, 4100, 0.05],
    [9, 12_000, 0.01],
    [5, 700, 0.05],
  ] as const) {
    const { n } = cleanNeededVsBaseline({ k0, n0, alpha });
    const pAt = (n1: number) => rateRatioConditional({ k0, n0, k1: 0, n1, alpha }).pBetter;
    expect(pAt(n)).toBeLessThanOrEqual(alpha);
    expect(pAt(n - 1)).toBeGreaterThan(alpha);
  }
});

test('planning numbers are the smallest that keep their promise', () => {
  const { n } = zeroFailureSampleSize({ p: 0.03, alpha: 0.05, allowed: 2 });
  const atMostTwo = (size: number) => total(range(0, 2).map((k) => binomial(k, size, 0.03)));
  expect(atMostTwo(n)).toBeLessThanOrEqual(0.05);
  expect(atMostTwo(n - 1)).toBeGreaterThan(0.05);
  // P(no bugcheck in m more) averaged over Beta(1/2 + k, 1/2 + n - k), by a product.
  const missed = (k: number, seen: number, m: number) =>
    range(0, m - 1).reduce((p, i) => p * ((seen - k + 0.5 + i) / (seen + 1 + i)), 1);
  const more = predictiveMigrationsToReproduce({ k: 4, n: 100, prob: 0.9 }).n;
  expect(missed(4, 100, more)).toBeLessThanOrEqual(0.1);
  expect(missed(4, 100, more - 1)).toBeGreaterThan(0.1);
});

test('power is the probability of a rejection, summed over every outcome', () => {
  const poisson = (k: number, mean: number) =>
    range(1, k).reduce((p, i) => (p * mean) / i, Math.exp(-mean));
  const input = { p0: 0.01, n0: 400, p1: 0.002, n1: 300, alpha: 0.1 };
  let power = 0;
  for (const x of range(0, 40)) {
    for (const y of range(0, 30)) {
      const rejects =
        x > 0 &&
        rateRatioConditional({ k0: x, n0: 400, k1: y, n1: 300, alpha: 0.1 }).pBetter <= 0.1;
      if (rejects) power += poisson(x, 4) * poisson(y, 0.6);
    }
  }
  expect(powerConditional(input).power).toBeCloseTo(power, 8);
});

test('exponential limits are Poisson tails', () => {
  const poissonUpTo = (k: number, mean: number) =>
    total(range(0, k).map((j) => range(1, j).reduce((p, i) => (p * mean) / i, Math.exp(-mean))));
  const { lower, upper } = exponentialRate({ k: 4, exposure: 50, alpha: 0.1, scheme: 'time' });
  expect(1 - poissonUpTo(3, lower * 50)).toBeCloseTo(0.05, 9);
  expect(poissonUpTo(4, upper * 50)).toBeCloseTo(0.05, 9);
});

test('the stratified exact test is the sum of independent binomials', () => {
  const strata = [
    { k1: 3, n1: 40, k0: 1, n0: 60 },
    { k1: 2, n1: 30, k0: 0, n0: 30 },
  ];
  let atLeast = 0;
  for (const a of range(0, 4)) {
    for (const b of range(0, 2)) {
      if (a + b >= 5) atLeast += binomial(a, 4, 0.4) * binomial(b, 2, 0.5);
    }
  }
  expect(stratifiedExactRr({ strata, alpha: 0.05 }).pGreater).toBeCloseTo(atLeast, 12);
});

test('three bugchecks on one of four VMs are one chance in sixteen', () => {
  // 4 of the 4^3 equally likely spreads put all three on one VM.
  expect(clusterExactP({ k: [3, 0, 0, 0], n: [7, 7, 7, 7] }).p).toBeCloseTo(4 / 64, 12);
});
