import type { VerdictState } from '../verdict.ts';
import { type Counts, nounOf, type RateEnds, sayBand, sayTally, type Tally } from './tally.ts';
import {
  type Extended,
  sayCount,
  sayLevel,
  sayNumber,
  sayPercent,
  sayRate,
  sayThings,
} from './wording.ts';

export interface CompareFacts {
  readonly design: 'planned' | 'sequence' | 'interleaved';
  readonly baseline: { readonly bugchecks: number; readonly migrations: number };
  readonly candidate: { readonly bugchecks: number; readonly migrations: number };
  readonly alpha: number;
  readonly effectivenessTarget: number;
  readonly state: VerdictState;
  readonly effectiveness: EffectivenessFacts | null;
  readonly pValue: number | null;
  readonly eValue: Extended | null;
  readonly evidence: EvidenceFacts | null;
  readonly cleanNeeded: Extended | null;
  /** One-sided upper bound of the candidate's rate. */
  readonly candidateUpper: number;
}

/** Two tallies from anywhere; the conclusion of "12,000 before, 8,000 clean after: is it fixed?" */
export function compareSentence(facts: CompareFacts): string {
  const { baseline, candidate, alpha, candidateUpper } = facts;
  const before = `Against ${sayCount(baseline.bugchecks)} in ${sayCount(baseline.migrations)} before`;
  return [
    `${sayTally({ bugchecks: candidate.bugchecks, exposures: candidate.migrations })}; ` +
      `the rate is below ${sayRate(candidateUpper)} (${sayLevel(alpha)}).`,
    facts.design === 'planned' ? sayPlanned(before, facts) : sayLive(before, facts),
    sayEnding(facts),
  ].join(' ');
}

interface EffectivenessFacts {
  readonly lower: number | null;
  readonly anytimeLower: number | null;
}

interface EvidenceFacts {
  /** 1/alpha */
  readonly needed: number;
}

interface ArmFacts extends Tally {
  readonly arm: string;
}

export interface VerdictFacts {
  readonly state: VerdictState;
  readonly design: 'single-arm' | 'interleaved' | 'sequence' | 'registered-plan';
  readonly alpha: number;
  readonly effectivenessTarget: number;
  readonly futilityRate: number | null;
  readonly baseline: ArmFacts;
  readonly candidate: ArmFacts | null;
  readonly rate: { readonly estimate: number | null; readonly anytime: RateEnds };
  readonly effectiveness: EffectivenessFacts | null;
  readonly pValue: number | null;
  readonly eValue: Extended | null;
  readonly evidence: EvidenceFacts | null;
  readonly cleanNeeded: Extended | null;
  readonly serialPlan: {
    readonly state: 'registered' | 'running' | 'completed' | 'missed';
    readonly rateRatioMax: number;
    readonly stages: readonly { readonly allowed: number; readonly migrations: Extended }[];
  } | null;
  readonly counts?: Counts;
  /** True when nothing was found and it was never seen that something would have been. */
  readonly unproven?: boolean | undefined;
}

/** What a campaign or a comparison has shown so far about one signature. */
export function verdictSentence(facts: VerdictFacts): string {
  const said = facts.candidate === null ? sayHunt(facts) : sayComparison(facts, facts.candidate);
  return facts.unproven === true ? `${said} ${sayUnproven(facts)}` : said;
}

/** A rig that never noticed a crash proves nothing by its silence. */
function sayUnproven({ counts }: VerdictFacts): string {
  return `No positive control was seen: that a ${nounOf(counts)} would have been noticed is unproven.`;
}

function sayComparison(facts: VerdictFacts, candidate: ArmFacts): string {
  const { baseline, serialPlan } = facts;
  const before = `Against ${sayCount(baseline.bugchecks)} in ${sayCount(baseline.exposures)} of ${baseline.arm}`;
  return [
    `${sayTally(candidate, facts.counts)} of ${candidate.arm}.`,
    serialPlan === null ? sayLive(before, facts) : sayRegistered(before, serialPlan),
    sayEnding(facts),
  ].join(' ');
}

/** One arm: is the bugcheck reproduced, and what would a fix have to show? */
function sayHunt(facts: VerdictFacts): string {
  const { baseline, rate, alpha, state, futilityRate, cleanNeeded } = facts;
  if (baseline.exposures === 0 || rate.estimate === null) {
    return 'No migrations yet: nothing is known about the rate.';
  }
  const estimate = baseline.bugchecks === 0 ? '' : `, ${sayRate(rate.estimate)}`;
  const seen = `${sayTally(baseline, facts.counts)}${estimate}; ${sayBand(rate.anytime, alpha, ' at any look')}.`;
  if (state === 'futile' && futilityRate !== null) {
    return `${seen} That is below the ${sayRate(futilityRate)} of interest: going on is futile.`;
  }
  if (baseline.bugchecks === 0) return `${seen} Not reproduced.`;
  if (cleanNeeded === null) return `${seen} Reproduced.`;
  return (
    `${seen} Reproduced; ${sayThings(cleanNeeded, 'clean migration')} after a fix ` +
    'would show a lower rate in a plan registered now.'
  );
}

/** "p = 0.010; effectiveness at least 41 %." */
function sayPlanned(before: string, facts: CompareFacts): string {
  const { pValue, effectiveness, state, cleanNeeded, candidate } = facts;
  if (pValue === null) return `${before}.`;
  const p = `${before}, p = ${sayNumber(pValue)}`;
  const lower = effectiveness?.lower ?? null;
  const isLower = state === 'confirmed' || state === 'confirmed-strong';
  if (isLower && lower !== null) return `${p}; effectiveness at least ${sayPercent(lower)}.`;
  const needed =
    cleanNeeded === null || candidate.bugchecks > 0
      ? ''
      : `; ${sayThings(cleanNeeded, 'clean migration')} in a registered plan would show it`;
  return `${p}: a lower rate is not shown${needed}.`;
}

/** "the evidence is 3.5 where 20 are needed at any look." */
function sayLive(
  before: string,
  facts: Pick<VerdictFacts, 'evidence' | 'eValue' | 'effectiveness'>,
): string {
  const { evidence, eValue, effectiveness } = facts;
  if (eValue === null || evidence === null) return `${before}.`;
  const lower = effectiveness?.anytimeLower ?? null;
  const shown =
    lower !== null && lower > 0 ? `; effectiveness at least ${sayPercent(lower)} at any look` : '';
  return (
    `${before}, the evidence is ${sayNumber(eValue)} ` +
    `where ${sayNumber(evidence.needed)} is needed at any look${shown}.`
  );
}

function sayRegistered(
  before: string,
  { state, stages, rateRatioMax }: NonNullable<VerdictFacts['serialPlan']>,
): string {
  const [first] = stages;
  const asked =
    first === undefined
      ? 'nothing'
      : `${sayThings(first.migrations, 'migration')} with at most ` +
        `${sayThings(first.allowed, 'bugcheck')}`;
  const goal =
    rateRatioMax === 1 ? 'a lower rate' : `effectiveness of ${sayPercent(1 - rateRatioMax)}`;
  const standing = {
    registered: 'it has not begun',
    running: 'it is under way',
    completed: 'it is completed',
    missed: 'it was missed',
  }[state];
  return `${before}, the registered plan for ${goal} asks for ${asked}; ${standing}.`;
}

function sayEnding({
  state,
  alpha,
  effectivenessTarget,
  counts,
}: Pick<VerdictFacts, 'state' | 'alpha' | 'effectivenessTarget' | 'counts'>): string {
  switch (state) {
    case 'confirmed-strong':
      return `Shown (${sayLevel(alpha)}): at least ${sayPercent(effectivenessTarget)} effective.`;
    case 'confirmed':
      return 'Not shown: fixed.';
    case 'refuted':
      return effectivenessTarget === 1
        ? `Refuted: the ${nounOf(counts)} is not eliminated.`
        : `Refuted (${sayLevel(alpha)}): less than ${sayPercent(effectivenessTarget)} effective.`;
    case 'futile':
      return 'The rate is below what is of interest: going on is futile.';
    case 'inconclusive':
    case 'reproduced':
    case 'baseline-ready':
      return 'Not shown: fixed.';
    default:
      return state satisfies never;
  }
}
