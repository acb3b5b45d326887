import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rateRatioConditional } from './compare.ts';
import { condEProcess, condRrSequence } from './conditional-e-process.ts';
import { confidenceSequence } from './confidence-sequence.ts';
import { eProcessRate } from './e-process.ts';
import { stratifiedExactRr } from './factors.ts';
import { cleanNeededVsBaseline, predictiveMigrationsToReproduce } from './planning.ts';
import { clopperPearson } from './rate.ts';
import { uiEProcess, uiRrSequence } from './universal-inference.ts';

const runs = { numRuns: 150, seed: 12 };
const logDecision = Math.log(20);
const bugchecks = fc.integer({ min: 0, max: 12 });
const more = fc.integer({ min: 1, max: 5000 });

test('intervals move up with a bugcheck and down with a clean migration', () => {
  fc.assert(
    fc.property(bugchecks, more, more, (k, extra, further) => {
      const n = k + extra;
      for (const interval of [clopperPearson, confidenceSequence]) {
        const here = interval({ k, n, alpha: 0.05 });
        const hit = interval({ k: k + 1, n: n + 1, alpha: 0.05 });
        const clean = interval({ k, n: n + further, alpha: 0.05 });
        expect(hit.lower).toBeGreaterThanOrEqual(here.lower);
        expect(clean.upper).toBeLessThanOrEqual(here.upper * (1 + 1e-12));
        expect(clean.lower).toBeLessThanOrEqual(here.lower * (1 + 1e-12));
      }
    }),
    runs,
  );
});

test('the anytime interval contains the planned one: watching is never free', () => {
  fc.assert(
    fc.property(bugchecks, fc.integer({ min: 100, max: 1_000_000 }), (k, n) => {
      const planned = clopperPearson({ k, n, alpha: 0.05 });
      const anytime = confidenceSequence({ k, n, alpha: 0.05 });
      expect(anytime.lower).toBeLessThanOrEqual(planned.lower * (1 + 1e-9));
      // The design's own figure for a few bugchecks: from 0.9 to 1.45 times as far.
      expect(anytime.upper / planned.upper).toBeGreaterThan(0.85);
      expect(anytime.upper / planned.upper).toBeLessThan(1.6);
    }),
    runs,
  );
});

test('evidence about a rate needs the sums only: what two sites saw merges in any order', () => {
  const site = fc.tuple(bugchecks, more).map(([k, extra]) => ({ k, n: k + extra }));
  fc.assert(
    fc.property(site, site, (a, b) => {
      const joint = { k: a.k + b.k, n: a.n + b.n, p0: 0.001, null: 'le' as const };
      const { logE } = eProcessRate(joint);
      expect(eProcessRate({ ...joint, k: b.k + a.k, n: b.n + a.n }).logE).toBe(logE);
      // Separate e-values may be multiplied too: valid, though not the same number.
      const product =
        eProcessRate({ ...a, p0: 0.001, null: 'le' }).logE +
        eProcessRate({ ...b, p0: 0.001, null: 'le' }).logE;
      expect(Number.isFinite(product)).toBe(true);
    }),
    runs,
  );
});

const arms = fc.array(
  fc.record({ arm: fc.constantFrom(0, 1), r: fc.constantFrom(0.3, 0.5, 0.8) }),
  { maxLength: 25 },
);

test('interleaved evidence does not depend on the order of the bugchecks', () => {
  fc.assert(
    fc.property(arms, (list) => {
      const evidence = (order: typeof list) =>
        condEProcess({
          arms: order.map(({ arm }) => arm),
          r: order.map(({ r }) => r),
          rho0: 1,
        }).logE;
      expect(evidence(list.toReversed())).toBeCloseTo(evidence(list), 9);
    }),
    runs,
  );
});

test('the ends of a confidence sequence for the ratio are where its evidence decides', () => {
  fc.assert(
    fc.property(arms, (list) => {
      const input = { arms: list.map(({ arm }) => arm), r: list.map(({ r }) => r) };
      const { upper } = condRrSequence({ ...input, alpha: 0.05 });
      if (list.length === 0 || !Number.isFinite(upper) || upper > 1e12) return;
      expect(condEProcess({ ...input, rho0: upper * 1.001 }).logE).toBeGreaterThan(logDecision);
      expect(condEProcess({ ...input, rho0: upper * 0.999 }).logE).toBeLessThan(logDecision);
    }),
    runs,
  );
  const tally = fc.record({ k0: bugchecks, n0: more, k1: bugchecks, n1: more });
  fc.assert(
    fc.property(tally, ({ k0, n0, k1, n1 }) => {
      const two = { k0, n0: k0 + n0, k1, n1: k1 + n1 };
      const { upper } = uiRrSequence({ ...two, alpha: 0.05 });
      if (!Number.isFinite(upper) || upper > 1e12) return;
      expect(uiEProcess({ ...two, rho0: upper * 1.001 }).logE).toBeGreaterThan(logDecision);
      expect(uiEProcess({ ...two, rho0: upper * 0.999 }).logE).toBeLessThan(logDecision);
    }),
    runs,
  );
});

test('one stratum is the plain comparison', () => {
  const tally = fc.record({ k0: bugchecks, n0: more, k1: bugchecks, n1: more });
  fc.assert(
    fc.property(tally, ({ k0, n0, k1, n1 }) => {
      const two = { k0, n0: k0 + n0, k1, n1: k1 + n1 };
      const plain = rateRatioConditional({ ...two, alpha: 0.05 });
      const stratified = stratifiedExactRr({ strata: [two], alpha: 0.05 });
      expect(stratified.pGreater).toBeCloseTo(plain.pWorse, 9);
      expect(stratified.pLess).toBeCloseTo(plain.pBetter, 9);
      if (k0 > 0) expect(stratified.upper / plain.upper).toBeCloseTo(1, 6);
      if (k1 > 0) expect(stratified.lower / plain.lower).toBeCloseTo(1, 6);
    }),
    runs,
  );
});

test('more baseline bugchecks need fewer clean migrations, a stricter claim more', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 30 }),
      fc.integer({ min: 100, max: 20_000 }),
      (k0, n0) => {
        const need = (change: object) =>
          cleanNeededVsBaseline({ k0, n0: n0 + k0, alpha: 0.05, ...change }).n;
        expect(need({ k0: k0 + 1, n0: n0 + k0 })).toBeLessThanOrEqual(need({}));
        expect(need({ alpha: 0.01 })).toBeGreaterThan(need({}));
        expect(need({ rrMax: 0.1 })).toBeGreaterThan(need({}));
        expect(need({ allowed: 1 })).toBeGreaterThan(need({}));
      },
    ),
    runs,
  );
});

test('a forecast shrinks with every bugcheck and grows with the certainty wanted', () => {
  fc.assert(
    fc.property(bugchecks, more, (k, extra) => {
      const wait = (change: object) =>
        predictiveMigrationsToReproduce({ k, n: k + extra, prob: 0.9, ...change }).n;
      expect(wait({ k: k + 1, n: k + 1 + extra })).toBeLessThanOrEqual(wait({}));
      expect(wait({ prob: 0.95 })).toBeGreaterThanOrEqual(wait({}));
    }),
    runs,
  );
});
