import fc from 'fast-check';
import { expect, test } from 'vitest';
import { condEProcess, condRrSequence } from './conditional-e-process.ts';
import { confidenceSequence } from './confidence-sequence.ts';
import type { HistoricBugcheck, History } from './history.ts';
import { StatisticsInputError } from './input.ts';
import { planInSequence, serialProgress } from './serial-plan.ts';
import { uiEProcess } from './universal-inference.ts';
import { type Claim, type Design, judge } from './verdict.ts';

const claim: Claim = { alpha: 0.05, effectivenessTarget: 0.9, futilityRate: null };

/** Bugchecks of arm 0, then of arm 1, spread evenly over each arm's exposures. */
function inSequence(k0: number, n0: number, k1: number, n1: number): History {
  const spread = (k: number, n: number, arm: 0 | 1): HistoricBugcheck[] =>
    Array.from({ length: k }, (_, j) => {
      const own = Math.floor(((j + 1) * n) / k);
      return { arm, r: 0.5, n0: arm === 0 ? own : n0, n1: arm === 0 ? 0 : own };
    });
  return { bugchecks: [...spread(k0, n0, 0), ...spread(k1, n1, 1)], n0, n1 };
}

/** One exposure an arm in turn, a bugcheck after every `every` of them, in the arms given. */
function interleaved(arms: readonly (0 | 1)[], { every = 1000, r = 0.5 } = {}): History {
  let n0 = 0;
  let n1 = 0;
  const bugchecks = arms.map((arm) => {
    n0 += every;
    n1 += every;
    return { arm, r, n0, n1 };
  });
  return { bugchecks, n0: n0 + every, n1: n1 + every };
}

const stateOf = (design: Design, history: History, change: Partial<Claim> = {}) =>
  judge({ design, history, claim: { ...claim, ...change } }).state;

test('a hunt goes from inconclusive over reproduced to a baseline', () => {
  expect(stateOf('single-arm', inSequence(0, 4000, 0, 0))).toBe('inconclusive');
  expect(stateOf('single-arm', inSequence(1, 4000, 0, 0))).toBe('reproduced');
  expect(stateOf('single-arm', inSequence(2, 4000, 0, 0))).toBe('reproduced');
  expect(stateOf('single-arm', inSequence(3, 4000, 0, 0))).toBe('baseline-ready');
});

test('a hunt is futile once the rate is shown to be below the rate of interest', () => {
  const { upper } = confidenceSequence({ k: 0, n: 12_000, alpha: 0.05 });
  const history = inSequence(0, 12_000, 0, 0);
  expect(stateOf('single-arm', history, { futilityRate: upper * 1.001 })).toBe('futile');
  expect(stateOf('single-arm', history, { futilityRate: upper * 0.999 })).toBe('inconclusive');
});

test('the original story is inconclusive when it was peeked at', () => {
  const verdict = judge({ design: 'sequence', history: inSequence(9, 12_000, 0, 8000), claim });
  expect(verdict.state).toBe('inconclusive');
  expect(Math.exp(verdict.comparison?.logE ?? 0)).toBeCloseTo(3.5156, 3);
  expect(verdict.comparison?.pValue).toBeCloseTo(0.010077696, 9);
  expect(verdict.comparison?.effectiveness.lower).toBeCloseTo(0.4076, 4);
  expect(verdict.cleanNeeded).toBe(4740);
});

test('five bugchecks of the baseline and none of the candidate confirm at 1:1', () => {
  expect(stateOf('interleaved', interleaved([0, 0, 0, 0]))).toBe('baseline-ready');
  expect(stateOf('interleaved', interleaved([0, 0, 0, 0, 0]))).toBe('confirmed');
});

test('a conclusion once reached stays, whatever happens later', () => {
  const late: (0 | 1)[] = [0, 0, 0, 0, 0, 1, 1];
  const verdict = judge({ design: 'interleaved', history: interleaved(late), claim });
  expect(verdict.state).toBe('confirmed');
  expect(verdict.comparison?.logE).toBeLessThan(Math.log(20));
  expect(verdict.comparison?.logEMax).toBeGreaterThanOrEqual(Math.log(20));
});

test('enough bugchecks of the baseline alone confirm the target itself', () => {
  const arms = Array.from({ length: 60 }, () => 0 as const);
  expect(stateOf('interleaved', interleaved(arms))).toBe('confirmed-strong');
});

test('"eliminated" is refuted by one bugcheck of the candidate, and never shown strongly', () => {
  const arms: (0 | 1)[] = [0, 0, 0, 0, 0, 0, 0, 0];
  expect(stateOf('interleaved', interleaved(arms), { effectivenessTarget: 1 })).toBe('confirmed');
  const with1 = interleaved([...arms, 1]);
  expect(stateOf('interleaved', with1, { effectivenessTarget: 1 })).toBe('refuted');
  const serial = inSequence(9, 12_000, 1, 100);
  expect(stateOf('sequence', serial, { effectivenessTarget: 1 })).toBe('refuted');
});

test('a candidate as bad as the baseline refutes the target', () => {
  const arms = Array.from({ length: 20 }, (_, j) => (j % 2) as 0 | 1);
  expect(stateOf('interleaved', interleaved(arms))).toBe('refuted');
});

test('a registered plan confirms at its count only, and is missed by one bugcheck too many', () => {
  const stages = planInSequence({
    k0: 9,
    n0: 12_000,
    alpha: 0.05,
    rateRatioMax: 1,
    allowed: 0,
  });
  expect(stages).toEqual([{ allowed: 0, alpha: 0.05, migrations: 4740 }]);
  const plan = { rateRatioMax: 1, stages };
  const judgeAt = (k1: number, n1: number) =>
    judge({ design: 'registered-plan', history: inSequence(9, 12_000, k1, n1), claim, plan });
  expect(judgeAt(0, 4739).serial?.state).toBe('running');
  expect(judgeAt(0, 4739).state).toBe('inconclusive');
  expect(judgeAt(0, 4740).state).toBe('confirmed');
  expect(judgeAt(1, 4740).serial?.state).toBe('missed');
  expect(judgeAt(1, 4740).state).toBe('inconclusive');
  expect(judgeAt(0, 0).serial?.state).toBe('registered');
});

test('a bugcheck after the plan was completed does not take it back', () => {
  const stages = [{ allowed: 0, alpha: 0.05, migrations: 4740 }];
  const history = inSequence(9, 12_000, 0, 4740);
  const late: History = {
    bugchecks: [...history.bugchecks, { arm: 1, r: 0.5, n0: 12_000, n1: 5000 }],
    n0: 12_000,
    n1: 5000,
  };
  expect(serialProgress(late, stages).state).toBe('completed');
});

test('second chances split alpha and let one bugcheck through at a later stage', () => {
  const stages = planInSequence({
    k0: 9,
    n0: 12_000,
    alpha: 0.05,
    rateRatioMax: 1,
    allowed: 'second-chances',
  });
  expect(stages.map(({ allowed }) => allowed)).toEqual([0, 1, 2]);
  expect(stages.reduce((total, { alpha }) => total + alpha, 0)).toBeCloseTo(0.05, 12);
  const second = stages[1]?.migrations ?? 0;
  expect(serialProgress(inSequence(9, 12_000, 1, second), stages).state).toBe('completed');
  expect(serialProgress(inSequence(9, 12_000, 3, second), stages).state).toBe('missed');
});

test('a plan for a strong claim confirms strongly', () => {
  const stages = planInSequence({ k0: 9, n0: 12_000, alpha: 0.05, rateRatioMax: 0.1, allowed: 0 });
  const plan = { rateRatioMax: 0.1, stages };
  const history = inSequence(9, 12_000, 0, 47_395);
  expect(judge({ design: 'registered-plan', history, claim, plan }).state).toBe('confirmed-strong');
});

const anyArms = fc.array(fc.constantFrom(0 as const, 1 as const), { maxLength: 40 });

test('interleaved: the verdict, the e-process and the interval say the same', () => {
  fc.assert(
    fc.property(anyArms, fc.constantFrom(0.2, 0.5, 0.8), (arms, r) => {
      const history = interleaved(arms, { r });
      const { comparison } = judge({ design: 'interleaved', history, claim });
      const rs = arms.map(() => r);
      expect(comparison?.logE).toBeCloseTo(condEProcess({ arms, r: rs, rho0: 1 }).logE, 9);
      expect(comparison?.rateRatio.anytime).toEqual(condRrSequence({ arms, r: rs, alpha: 0.05 }));
      const shown = (comparison?.logE ?? 0) >= Math.log(20);
      expect((comparison?.rateRatio.anytime.upper ?? 0) < 1).toBe(shown);
    }),
    { numRuns: 200, seed: 5 },
  );
});

test('interleaved with changing probabilities: adding one by one equals the whole', () => {
  const step = fc.record({
    arm: fc.constantFrom(0 as const, 1 as const),
    r: fc.double({ min: 0.05, max: 0.95, noNaN: true }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const bugchecks = steps.map(({ arm, r }, j) => ({ arm, r, n0: j + 1, n1: j + 1 }));
      const history = { bugchecks, n0: steps.length, n1: steps.length };
      const { comparison } = judge({ design: 'interleaved', history, claim });
      const whole = condEProcess({
        arms: steps.map(({ arm }) => arm),
        r: steps.map(({ r }) => r),
        rho0: 1,
      });
      expect(comparison?.logE).toBeCloseTo(whole.logE, 8);
    }),
    { numRuns: 100, seed: 6 },
  );
});

test('sequence: no moment between bugchecks shows more than the moments that are looked at', () => {
  const tally = fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 10, max: 400 }));
  fc.assert(
    fc.property(tally, fc.integer({ min: 1, max: 600 }), ([k0, n0], n1) => {
      const { comparison } = judge({
        design: 'sequence',
        history: inSequence(k0, n0, 0, n1),
        claim,
      });
      let most = -Infinity;
      for (let n = 1; n <= n1; n += 1) {
        most = Math.max(most, uiEProcess({ k0, n0, k1: 0, n1: n, rho0: 1 }).logE);
      }
      const decided = Math.log(20);
      expect((comparison?.logEMax ?? 0) >= decided).toBe(most >= decided);
    }),
    { numRuns: 60, seed: 7 },
  );
});

test('a longer history never takes a conclusion back', () => {
  const isFinal = (state: string) => ['confirmed', 'confirmed-strong', 'refuted'].includes(state);
  fc.assert(
    fc.property(anyArms, (arms) => {
      const states = arms.map((_, j) => stateOf('interleaved', interleaved(arms.slice(0, j + 1))));
      const first = states.findIndex(isFinal);
      expect(first === -1 || states.slice(first).every(isFinal)).toBe(true);
    }),
    { numRuns: 60, seed: 8 },
  );
});

test('a history that cannot have happened is refused with every fault', () => {
  const broken: History = {
    bugchecks: [
      { arm: 0, r: 1.5, n0: 0, n1: 0 },
      { arm: 1, r: 0.5, n0: 5, n1: 0 },
    ],
    n0: 3,
    n1: -1,
  };
  const run = () => judge({ design: 'sequence', history: broken, claim });
  expect(run).toThrow(StatisticsInputError);
  expect(run).toThrow(/\/n1.*\/bugchecks\/0\/r.*\/bugchecks\/0\/n0.*\/bugchecks\/1\/n1/);
  expect(() => stateOf('registered-plan', inSequence(1, 10, 0, 0))).toThrow(/\/plan/);
  expect(() => stateOf('single-arm', inSequence(1, 10, 0, 5))).toThrow(/\/design/);
  expect(() => stateOf('sequence', inSequence(1, 10, 0, 5), { alpha: 0 })).toThrow(/\/alpha/);
});
