import { drawUnit } from '@gauntlet/shared/kernel/stream';
import { expect, test } from 'vitest';
import { probFaster } from './allocation.ts';
import { at, sum } from './numerics.ts';
import { allocationBlockSize, allocationShares, chooseConfiguration } from './thompson.ts';

const even = { meanSeconds: 30 };

test('shares sum to 1 and none falls below a tenth of an even share', () => {
  const configurations = [
    { k: 9, n: 1000, ...even },
    { k: 0, n: 1000, ...even },
    { k: 0, n: 5000, ...even },
    { k: 70, n: 900, ...even },
  ];
  const shares = allocationShares({ configurations, seed: 1, block: 0 });
  expect(sum(shares)).toBeCloseTo(1, 12);
  expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.1 / 4 - 1e-12);
  expect(shares.indexOf(Math.max(...shares))).toBe(3);
});

test('the share of two configurations follows the probability that one is faster', () => {
  const [a, b] = [
    { k: 3, n: 1000, ...even },
    { k: 1, n: 1000, ...even },
  ] as const;
  const blocks = Array.from({ length: 60 }, (_, block) =>
    at(allocationShares({ configurations: [a, b], seed: 7, block }), 0),
  );
  const share = sum(blocks) / blocks.length;
  const { prob } = probFaster({ kA: 3, nA: 1000, kB: 1, nB: 1000, a: 0.5, b: 1000 });
  expect(share).toBeCloseTo(0.05 + 0.9 * prob, 1);
});

test('an expensive configuration gets less', () => {
  const configurations = [
    { k: 3, n: 1000, meanSeconds: 300 },
    { k: 3, n: 1000, meanSeconds: 30 },
  ];
  const shares = allocationShares({ configurations, seed: 1, block: 0 });
  expect(at(shares, 1)).toBeGreaterThan(at(shares, 0));
});

test('the same seed and block give the same shares, another block others', () => {
  const configurations = [
    { k: 1, n: 1000, ...even },
    { k: 1, n: 1000, ...even },
  ];
  const draw = (block: number) => allocationShares({ configurations, seed: 3, block });
  expect(draw(4)).toEqual(draw(4));
  expect(new Set([0, 1, 2, 3, 4, 5].map((block) => at(draw(block), 0))).size).toBeGreaterThan(1);
});

test('choices follow the shares', () => {
  const shares = [0.7, 0.2, 0.1];
  const counts = [0, 0, 0];
  for (let ordinal = 0; ordinal < 20_000; ordinal += 1) {
    const c = chooseConfiguration(11, ordinal, shares);
    counts[c] = at(counts, c) + 1;
  }
  for (const [c, share] of shares.entries()) expect(at(counts, c) / 20_000).toBeCloseTo(share, 1);
});

test('bad configurations are refused by name', () => {
  const run = (k: number, n: number, meanSeconds: number) =>
    allocationShares({ configurations: [{ k, n, meanSeconds }], seed: 1, block: 0 });
  expect(() => run(2, 1, 30)).toThrow(/configurations\/0\/k/);
  expect(() => run(0, 1, 0)).toThrow(/configurations\/0\/meanSeconds/);
  expect(() => allocationShares({ configurations: [], seed: 1, block: 0 })).toThrow(/1 to 10000/);
});

test('adaptive allocation reaches five bugchecks of six configurations sooner than an even one', () => {
  const rates = [4e-2, 1e-2, 2e-3, 1e-3, 5e-4, 5e-4];
  const attemptsTo5 = (isAdaptive: boolean, seed: number) => {
    const seen = rates.map(() => ({ k: 0, n: 0 }));
    let shares: readonly number[] = rates.map(() => 1 / rates.length);
    for (let ordinal = 0; ordinal < 20_000; ordinal += 1) {
      if (isAdaptive && ordinal % allocationBlockSize === 0) {
        const configurations = seen.map((tally) => ({ ...tally, ...even }));
        shares = allocationShares({ configurations, seed, block: ordinal / allocationBlockSize });
      }
      const tally = at(seen, chooseConfiguration(seed, ordinal, shares));
      const rate = at(rates, seen.indexOf(tally));
      tally.n += 1;
      if (drawUnit(seed, 'world', ordinal) < rate) tally.k += 1;
      if (sum(seen.map(({ k }) => k)) === 5) return ordinal + 1;
    }
    return 20_000;
  };
  const seeds = Array.from({ length: 30 }, (_, i) => 100 + i);
  const mean = (isAdaptive: boolean) =>
    sum(seeds.map((seed) => attemptsTo5(isAdaptive, seed))) / 30;
  expect(mean(true)).toBeLessThan(0.95 * mean(false));
});
