import { drawUnit } from '@gauntlet/shared/kernel/stream';
import { expect, test } from 'vitest';
import { analyzeFactors, holmOf } from './factor-analysis.ts';
import type { FactorCell } from './factor-cells.ts';
import { stratifiedExactRr } from './factors.ts';
import { firthPoisson } from './firth.ts';
import { firthProfileInterval } from './firth-profile.ts';
import { logLikelihood } from './numerics.ts';

const formats = ['dynamic', 'fixed'];
const disks = ['1', '4', '8'];
const loads = ['idle', 'sql'];
const factors = ['diskFormat', 'scsiDisks', 'load'];

/** A crossed cluster: every combination gets n migrations, with seeded bugchecks. */
function crossed(n: number, seed: number, rate: (levels: Record<string, string>) => number) {
  let slot = 0;
  return formats.flatMap((diskFormat) =>
    disks.flatMap((scsiDisks) =>
      loads.map((load): FactorCell => {
        const levels = { diskFormat, scsiDisks, load };
        let k = 0;
        for (let i = 0; i < n; i += 1, slot += 1) {
          if (drawUnit(seed, 'factor-test', slot) < rate(levels)) k += 1;
        }
        return { levels, k, n };
      }),
    ),
  );
}

const levelOf = (analysis: ReturnType<typeof analyzeFactors>, factor: string, level: string) =>
  analysis.factors.find((f) => f.factor === factor)?.levels.find((l) => l.level === level);

test('it finds disk format and disk count, and leaves the load alone', () => {
  const rate = ({ diskFormat, scsiDisks }: Record<string, string>) =>
    (diskFormat === 'dynamic' ? 0.004 : 0.0002) * (scsiDisks === '8' ? 3 : 1);
  const analysis = analyzeFactors({ cells: crossed(3000, 1, rate), factors, alpha: 0.05 });
  expect(analysis.method).toBe('exact-and-firth');
  expect(levelOf(analysis, 'diskFormat', 'dynamic')).toMatchObject({
    suspect: true,
    adjusted: true,
  });
  expect(levelOf(analysis, 'diskFormat', 'dynamic')?.comparison?.estimate).toBeGreaterThan(5);
  expect(levelOf(analysis, 'scsiDisks', '8')).toMatchObject({ suspect: true });
  expect(levelOf(analysis, 'load', 'sql')).toMatchObject({ suspect: false });
  const dynamic = analysis.firth?.find(({ factor }) => factor === 'diskFormat');
  expect(dynamic?.lower === undefined || dynamic.lower > 1 || dynamic.upper < 1).toBe(true);
});

test('without an effect it suspects a factor in at most about alpha of the campaigns', () => {
  let alarms = 0;
  for (let seed = 1; seed <= 40; seed += 1) {
    const cells = crossed(250, 1000 + seed, () => 0.008);
    const analysis = analyzeFactors({ cells, factors, alpha: 0.05 });
    if (analysis.factors.some(({ levels }) => levels.some(({ suspect }) => suspect))) alarms += 1;
  }
  expect(alarms).toBeLessThanOrEqual(5);
}, 30_000);

test('a hotfixed arm does not hide the factors of the other arm', () => {
  const cell = (arm: string, diskFormat: string, k: number): FactorCell => ({
    levels: { arm, diskFormat },
    k,
    n: 60,
  });
  const cells = [
    cell('before', 'dynamic', 9),
    cell('before', 'fixed', 1),
    cell('hotfix', 'dynamic', 0),
    cell('hotfix', 'dynamic', 0),
    cell('hotfix', 'dynamic', 0),
  ];
  const given = { cells, factors: ['diskFormat'], alpha: 0.05 };
  expect(levelOf(analyzeFactors(given), 'diskFormat', 'dynamic')?.suspect).toBe(false);
  const apart = levelOf(analyzeFactors({ ...given, blocks: ['arm'] }), 'diskFormat', 'dynamic');
  expect(apart).toMatchObject({ k: 9, n: 240, suspect: true });
  expect(apart?.comparison?.estimate).toBeCloseTo(9, 9);
});

test('below five bugchecks there are counts only', () => {
  const cells = [
    { levels: { diskFormat: 'dynamic' }, k: 4, n: 1000 },
    { levels: { diskFormat: 'fixed' }, k: 0, n: 1000 },
  ];
  const analysis = analyzeFactors({ cells, factors: ['diskFormat'], alpha: 0.05 });
  expect(analysis.method).toBe('counts-only');
  expect(levelOf(analysis, 'diskFormat', 'dynamic')).toMatchObject({ k: 4, comparison: null });
});

test('two levels mirror each other and count as one comparison', () => {
  const cells = [
    { levels: { diskFormat: 'dynamic' }, k: 9, n: 1000 },
    { levels: { diskFormat: 'fixed' }, k: 1, n: 1000 },
  ];
  const analysis = analyzeFactors({ cells, factors: ['diskFormat'], alpha: 0.05 });
  const up = levelOf(analysis, 'diskFormat', 'dynamic')?.comparison;
  const down = levelOf(analysis, 'diskFormat', 'fixed')?.comparison;
  expect(up?.estimate).toBeCloseTo(9, 9);
  expect(down?.estimate).toBeCloseTo(1 / 9, 9);
  expect(up?.pHolm).toBeCloseTo(up?.pValue ?? 0, 12);
  const strata = [{ k1: 9, n1: 1000, k0: 1, n0: 1000 }];
  const { lower, upper } = stratifiedExactRr({ strata, alpha: 0.05 });
  expect(up?.exact.lower).toBeCloseTo(lower, 9);
  expect(up?.exact.upper).toBeCloseTo(upper, 6);
});

test('factors that always move together are named, and their ratio is marked as unadjusted', () => {
  const cells = [
    { levels: { diskFormat: 'dynamic', load: 'sql' }, k: 9, n: 1000 },
    { levels: { diskFormat: 'fixed', load: 'idle' }, k: 1, n: 1000 },
  ];
  const analysis = analyzeFactors({ cells, factors: ['diskFormat', 'load'], alpha: 0.05 });
  expect(analysis.confounded.get('diskFormat')).toEqual(['load']);
  expect(levelOf(analysis, 'diskFormat', 'dynamic')).toMatchObject({ adjusted: false });
});

test('holding another factor still undoes a false trail', () => {
  // sql guests bugcheck 10 times as often, and most dynamic disks belong to sql guests.
  const cells = [
    { levels: { diskFormat: 'dynamic', load: 'sql' }, k: 40, n: 4000 },
    { levels: { diskFormat: 'fixed', load: 'sql' }, k: 5, n: 500 },
    { levels: { diskFormat: 'dynamic', load: 'idle' }, k: 1, n: 1000 },
    { levels: { diskFormat: 'fixed', load: 'idle' }, k: 8, n: 8000 },
  ];
  const analysis = analyzeFactors({ cells, factors: ['diskFormat', 'load'], alpha: 0.05 });
  expect(levelOf(analysis, 'diskFormat', 'dynamic')?.comparison?.estimate).toBeCloseTo(1, 1);
  expect(levelOf(analysis, 'diskFormat', 'dynamic')?.suspect).toBe(false);
  expect(levelOf(analysis, 'load', 'sql')?.suspect).toBe(true);
});

test('where enough bugchecks can be compared the other factors are held still, whatever their share', () => {
  // Fixed disks only come in eights, so that less than half of the bugchecks have both formats.
  const cells = [
    { levels: { diskFormat: 'dynamic', scsiDisks: '1' }, k: 11, n: 84 },
    { levels: { diskFormat: 'dynamic', scsiDisks: '4' }, k: 28, n: 74 },
    { levels: { diskFormat: 'dynamic', scsiDisks: '8' }, k: 27, n: 65 },
    { levels: { diskFormat: 'fixed', scsiDisks: '8' }, k: 2, n: 81 },
  ];
  const analysis = analyzeFactors({ cells, factors: ['diskFormat', 'scsiDisks'], alpha: 0.05 });
  const dynamic = levelOf(analysis, 'diskFormat', 'dynamic');
  expect(dynamic).toMatchObject({ suspect: true, adjusted: true });
  expect(dynamic?.comparison?.estimate).toBeCloseTo(27 / 65 / (2 / 81), 9);
  expect(levelOf(analysis, 'scsiDisks', '1')).toMatchObject({ suspect: true, adjusted: true });
  expect(analysis.confounded.size).toBe(0);
});

test('hundreds of bugchecks switch to the normal approximation without a jump', () => {
  const cells = (k: number) => [
    { levels: { diskFormat: 'dynamic' }, k: 2 * k, n: 100_000 },
    { levels: { diskFormat: 'fixed' }, k, n: 100_000 },
  ];
  const at = (k: number) =>
    levelOf(
      analyzeFactors({ cells: cells(k), factors: ['diskFormat'], alpha: 0.05 }),
      'diskFormat',
      'dynamic',
    )?.comparison;
  expect(at(66)?.exact.lower).toBeCloseTo(at(67)?.exact.lower ?? 0, 1);
  expect(Math.log10(at(67)?.pValue ?? 1)).toBeCloseTo(Math.log10(at(66)?.pValue ?? 1), 0);
});

test('Holm multiplies the smallest by all, and never lets an order turn', () => {
  expect(holmOf([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
  expect(holmOf([])).toEqual([]);
});

test('Firth on a saturated design is the same as half a bugcheck more in each cell', () => {
  const { coef } = firthPoisson({
    X: [
      [1, 0],
      [1, 1],
    ],
    k: [0, 5],
    n: [3000, 2000],
  });
  expect(coef[0]).toBeCloseTo(Math.log(0.5 / 3000), 9);
  expect(coef[1]).toBeCloseTo(Math.log(5.5 / 2000 / (0.5 / 3000)), 9);
});

test('the profile interval ends where the penalised likelihood has fallen by chi-square', () => {
  const [k, n] = [4, 1000];
  const { lower, upper } = firthProfileInterval({ X: [[1]], k: [k], n: [n] }, 0, 0.05);
  const likelihood = (beta: number) => (k + 0.5) * beta - n * Math.exp(beta);
  const level = likelihood(Math.log((k + 0.5) / n)) - 1.959963984540054 ** 2 / 2;
  expect(likelihood(lower)).toBeCloseTo(level, 6);
  expect(likelihood(upper)).toBeCloseTo(level, 6);
});

test('the profile interval of a ratio refits the rest', () => {
  const X = [
    [1, 0],
    [1, 1],
  ];
  const [k, n] = [
    [2, 9],
    [3000, 3000],
  ];
  const { lower, upper } = firthProfileInterval({ X, k, n }, 1, 0.05);
  // Given the total of 12 (with half a bugcheck more each), the share of cell 2 is binomial.
  const likelihood = (beta: number) =>
    logLikelihood(9.5, 12, Math.exp(beta) / (1 + Math.exp(beta)));
  const level = likelihood(Math.log(9.5 / 2.5)) - 1.959963984540054 ** 2 / 2;
  expect(likelihood(lower)).toBeCloseTo(level, 5);
  expect(likelihood(upper)).toBeCloseTo(level, 5);
});
