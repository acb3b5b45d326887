import { describe, expect, test } from 'vitest';
import type { SimulatedDisk } from './disk.ts';
import { type RaceSubject, runStorvscRace, storvscRate } from './storvsc-race.ts';

function subject(
  count: number,
  format: SimulatedDisk['format'],
  { controller = 'scsi' as SimulatedDisk['controller'], loadFactor = 1 } = {},
): RaceSubject {
  const disks = Array.from({ length: count }, () => ({ controller, format, sizeMaxMiB: 1024 }));
  return { disks, loadFactor };
}

function countHits(of: RaceSubject, seed: number, runs: number): number {
  let hits = 0;
  for (let k = 0; k < runs; k += 1) if (runStorvscRace(of, seed, k) !== null) hits += 1;
  return hits;
}

describe('storvsc race', () => {
  test('the rates are those of the story: 1 in 1,300, 1 in 600, 1 in 20,000', () => {
    expect(1 / storvscRate(subject(4, 'dynamic'))).toBeCloseTo(1300, -1);
    expect(Math.abs(1 / storvscRate(subject(8, 'dynamic')) - 600)).toBeLessThan(6);
    expect(Math.abs(1 / storvscRate(subject(4, 'fixed')) - 20_000)).toBeLessThan(200);
  });

  // Five standard errors of a Poisson count: a right model fails once in two million runs.
  test.each([
    ['4 growing disks', subject(4, 'dynamic'), 400_000],
    ['8 growing disks', subject(8, 'dynamic'), 200_000],
    ['4 fixed disks', subject(4, 'fixed'), 600_000],
    ['8 growing disks under twice the load', subject(8, 'dynamic', { loadFactor: 2 }), 30_000],
  ])('a long run of %s meets the closed form', { timeout: 60_000 }, (_name, of, runs) => {
    const expected = storvscRate(of) * runs;
    const hits = countHits(of, 20_260_417, runs);
    expect(Math.abs(hits - expected)).toBeLessThan(5 * Math.sqrt(expected));
  });

  test('a disk on IDE never meets the race, a passed-through disk neither', () => {
    const ide = subject(8, 'dynamic', { controller: 'ide', loadFactor: 10 });
    expect(storvscRate(ide)).toBe(0);
    expect(countHits(ide, 1, 10_000)).toBe(0);
    expect(storvscRate(subject(8, 'passthrough', { loadFactor: 10 }))).toBe(0);
  });

  test('more disks, growing disks and more load each raise the rate', () => {
    const four = storvscRate(subject(4, 'dynamic'));
    expect(storvscRate(subject(5, 'dynamic'))).toBeGreaterThan((four / 4) * 5);
    expect(storvscRate(subject(4, 'dynamic', { loadFactor: 0.05 }))).toBeLessThan(1e-12);
    expect(storvscRate(subject(4, 'fixed'))).toBeLessThan(four / 10);
  });

  test('the same seed and ordinal meet the same fate', () => {
    const of = subject(8, 'dynamic', { loadFactor: 3 });
    const fates = (from: number) =>
      Array.from({ length: 50 }, (_, i) => runStorvscRace(of, 7, from + i)?.afterMs ?? null);
    expect(fates(100)).toEqual(fates(100));
    expect(fates(100).slice(10)).toEqual(fates(110).slice(0, 40));
  });
});
