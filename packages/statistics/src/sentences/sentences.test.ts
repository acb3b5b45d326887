import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planSentence } from './plan.ts';
import { rateSentence } from './rate.ts';
import {
  type CompareFacts,
  compareSentence,
  type VerdictFacts,
  verdictSentence,
} from './verdict.ts';
import { type Extended, sayCount, sayLevel, sayNumber, sayPercent, sayRate } from './wording.ts';

const seed: CompareFacts = {
  design: 'planned',
  baseline: { bugchecks: 9, migrations: 12_000 },
  candidate: { bugchecks: 0, migrations: 8000 },
  alpha: 0.05,
  effectivenessTarget: 0.9,
  state: 'confirmed',
  effectiveness: { lower: 0.40757, anytimeLower: null },
  pValue: 0.010077696,
  eValue: 3.5156,
  evidence: { needed: 20 },
  cleanNeeded: 4740,
  candidateUpper: 0.00037439643035242,
};

test('the original story reads as it should', () => {
  expect(compareSentence(seed)).toBe(
    '0 bugchecks in 8,000 migrations; the rate is below 1 in 2,671 (95 %). ' +
      'Against 9 in 12,000 before, p = 0.010; effectiveness at least 41 %. Not shown: fixed.',
  );
  expect(compareSentence({ ...seed, design: 'sequence', state: 'inconclusive' })).toBe(
    '0 bugchecks in 8,000 migrations; the rate is below 1 in 2,671 (95 %). Against 9 in 12,000 ' +
      'before, the evidence is 3.5 where 20 is needed at any look. Not shown: fixed.',
  );
  expect(
    compareSentence({
      ...seed,
      baseline: { bugchecks: 5, migrations: 12_000 },
      state: 'inconclusive',
      pValue: 0.07776,
      cleanNeeded: 9847,
    }),
  ).toContain(
    'Against 5 in 12,000 before, p = 0.078: a lower rate is not shown; 9,847 clean migrations ' +
      'in a registered plan would show it.',
  );
});

test('silence of a rig that was never seen to notice anything is called unproven', () => {
  const hunt: VerdictFacts = {
    state: 'inconclusive',
    design: 'single-arm',
    alpha: 0.05,
    effectivenessTarget: 0.9,
    futilityRate: null,
    baseline: { arm: 'baseline', bugchecks: 0, exposures: 20 },
    candidate: null,
    rate: { estimate: 0, anytime: { lower: 0, upper: 0.1 } },
    effectiveness: null,
    pValue: null,
    eValue: null,
    evidence: null,
    cleanNeeded: null,
    serialPlan: null,
  };
  const said = verdictSentence(hunt);
  expect(said).toBe(
    '0 bugchecks in 20 migrations; the rate is below 1 in 10 at any look (95 %). Not reproduced.',
  );
  expect(verdictSentence({ ...hunt, unproven: true })).toBe(
    `${said} No positive control was seen: that a bugcheck would have been noticed is unproven.`,
  );
  expect(verdictSentence({ ...hunt, unproven: true, counts: 'any-finding' })).toContain(
    '0 findings in 20 migrations',
  );
});

test('the plan reads as it should', () => {
  expect(
    planSentence({
      probability: 0.95,
      detectableRate: 1 / 4006,
      budget: { migrations: 12_000, hours: 125, nights: 13 },
      plugIn: null,
      predictive: null,
      cautious: null,
      migrationsPerHour: 96,
      hoursPerNight: 10,
      bugchecks: null,
    }),
  ).toBe(
    'Rate unknown: 12,000 migrations find a rate of 1 in 4,006 or more with 95 %; ' +
      'at 96 an hour in a 10-hour night that is 13 nights.',
  );
});

test('no migrations and no bugchecks are said, not computed', () => {
  const nothing = { bugchecks: 0, migrations: 0, alpha: 0.05, estimate: null, upperOneSided: 1 };
  expect(rateSentence({ ...nothing, exact: { lower: 0, upper: 1 } })).toBe(
    'No migrations yet: nothing is known about the rate.',
  );
});

const states: VerdictFacts['state'][] = [
  'inconclusive',
  'reproduced',
  'baseline-ready',
  'confirmed',
  'confirmed-strong',
  'refuted',
  'futile',
];
const share = fc.double({ min: 0.0001, max: 1, noNaN: true });
const extended: fc.Arbitrary<Extended> = fc.oneof(
  fc.nat(1_000_000),
  fc.constant('Infinity' as const),
);
const arm = (name: string) =>
  fc.record({ arm: fc.constant(name), bugchecks: fc.nat(50), exposures: fc.nat(1_000_000) });
const anyVerdict: fc.Arbitrary<VerdictFacts> = fc.record({
  state: fc.constantFrom(...states),
  design: fc.constantFrom('single-arm', 'interleaved', 'sequence', 'registered-plan'),
  alpha: fc.constantFrom(0.05, 0.01, 0.001),
  effectivenessTarget: fc.constantFrom(0.5, 0.9, 1),
  futilityRate: fc.option(share),
  baseline: arm('baseline'),
  candidate: fc.option(arm('candidate')),
  rate: fc.record({
    estimate: fc.option(share),
    anytime: fc.record({ lower: fc.oneof(share, fc.constant(0)), upper: share }),
  }),
  effectiveness: fc.option(fc.record({ lower: fc.option(share), anytimeLower: fc.option(share) })),
  pValue: fc.option(share),
  eValue: fc.option(extended),
  evidence: fc.option(fc.record({ needed: fc.constantFrom(20, 100, 1000) })),
  cleanNeeded: fc.option(extended),
  serialPlan: fc.option(
    fc.record({
      state: fc.constantFrom('registered', 'running', 'completed', 'missed'),
      rateRatioMax: fc.constantFrom(1, 0.1),
      stages: fc.array(fc.record({ allowed: fc.nat(3), migrations: extended }), { minLength: 1 }),
    }),
  ),
});

/** Every way in which a field may be written. */
function spellings(value: unknown): string[] {
  if (value === null || typeof value === 'string') return [];
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(spellings);
  const number = value as number;
  const texts = [sayCount(number), sayRate(number), sayNumber(number)];
  return [...texts, sayPercent(number), sayPercent(1 - number), sayLevel(number)];
}

const numbersOf = (text: string) => text.match(/\d[\d,.]*(?:e[+-]?\d+)?/g) ?? [];

test('every number of a sentence is a field, and no sentence claims more than was shown', () => {
  fc.assert(
    fc.property(anyVerdict, (facts) => {
      const sentence = verdictSentence(facts);
      const allowed = new Set(spellings(facts).flatMap(numbersOf).map(trim));
      for (const number of numbersOf(sentence).map(trim)) expect(allowed).toContain(number);
      expect(sentence).not.toMatch(/prove|probability|NaN|undefined|null|Infinity/i);
      if (facts.candidate !== null && facts.state !== 'confirmed-strong') {
        expect(sentence).toMatch(/Not shown|Refuted|futile/);
      }
    }),
    { numRuns: 1000, seed: 9 },
  );
});

/** A full stop after a number belongs to the sentence. */
function trim(text: string): string {
  return text.replace(/[.,]+$/, '');
}
