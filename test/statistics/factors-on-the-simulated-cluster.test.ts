import { expect, test } from 'vitest';
import { blamedIn, raceCells } from '../../bench/statistics/factors.ts';

test('10,000 migrations of the simulated race blame disk format and disk count, not the load', () => {
  const seeds = Array.from({ length: 8 }, (_, i) => 900 + i);
  const blamed = seeds.map((seed) => blamedIn(raceCells(10_000, seed, { loadFactor: 1.5 })));
  const both = blamed.filter((one) => one.has('diskFormat dynamic') && one.has('scsiDisks 8'));
  expect(both.length).toBeGreaterThanOrEqual(7);
  expect(blamed.filter((one) => one.has('load sql-a') || one.has('load sql-b')).length).toBe(0);
});
