import {
  type Extended,
  sayCount,
  sayLevel,
  sayNumber,
  sayPercent,
  sayRate,
  sayThings,
} from './wording.ts';

/*
 * The one generator of plain-language conclusions, for API, dashboard, report and notification.
 * It takes the API's own fields and quotes no number that is not one of them. It says what was
 * seen and what is shown or not shown at a level; it never calls a fix proved, and never speaks of
 * the probability that it works.
 */

interface Ends {
  readonly lower: number;
  readonly upper: Extended;
}

interface RateEnds extends Ends {
  readonly upper: number;
}

export interface RateFacts {
  readonly bugchecks: number;
  readonly migrations: number;
  readonly alpha: number;
  readonly estimate: number | null;
  readonly exact: RateEnds;
  readonly upperOneSided: number;
}

/** "9 bugchecks in 12,000 migrations, 1 in 1,333; the rate is between 1 in 2,915 and 1 in 703 (95 %)." */
export function rateSentence(facts: RateFacts): string {
  const { bugchecks, migrations, alpha, estimate, exact, upperOneSided } = facts;
  if (migrations === 0 || estimate === null) {
    return 'No migrations yet: nothing is known about the rate.';
  }
  if (bugchecks === 0) {
    return (
      `${sayTally({ bugchecks, exposures: migrations })}; ` +
      `the rate is below ${sayRate(upperOneSided)} (${sayLevel(alpha)}).`
    );
  }
  return `${sayTally({ bugchecks, exposures: migrations })}, ${sayRate(estimate)}; ${sayBand(exact, alpha)}.`;
}

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

type VerdictState =
  | 'inconclusive'
  | 'reproduced'
  | 'baseline-ready'
  | 'confirmed'
  | 'confirmed-strong'
  | 'refuted'
  | 'futile';

interface EffectivenessFacts {
  readonly lower: number | null;
  readonly anytimeLower: number | null;
}

interface EvidenceFacts {
  /** 1/alpha */
  readonly needed: number;
}

interface ArmFacts {
  readonly arm: string;
  readonly bugchecks: number;
  readonly exposures: number;
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
  /** `any-finding`: hangs and faults count as well, whatever their signature. */
  readonly counts?: 'signature' | 'any-finding' | undefined;
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

function nounOf(counts: VerdictFacts['counts']): string {
  return counts === 'any-finding' ? 'finding' : 'bugcheck';
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

function sayTally(
  { bugchecks, exposures }: Pick<ArmFacts, 'bugchecks' | 'exposures'>,
  counts?: VerdictFacts['counts'],
): string {
  return `${sayThings(bugchecks, nounOf(counts))} in ${sayThings(exposures, 'migration')}`;
}

function sayBand({ lower, upper }: RateEnds, alpha: number, look = ''): string {
  const ends =
    lower === 0 ? `below ${sayRate(upper)}` : `between ${sayRate(lower)} and ${sayRate(upper)}`;
  return `the rate is ${ends}${look} (${sayLevel(alpha)})`;
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

export interface PlanFacts {
  readonly probability: number;
  readonly detectableRate: number | null;
  readonly budget: PaceFacts | null;
  readonly plugIn: PaceFacts | null;
  readonly predictive: PaceFacts | null;
  readonly cautious: PaceFacts | null;
  readonly migrationsPerHour: number | null;
  readonly hoursPerNight: number | null;
  readonly bugchecks: number | null;
}

interface PaceFacts {
  readonly migrations: Extended;
  readonly hours: Extended | null;
  readonly nights: Extended | null;
}

/**
 * "Rate unknown: 12,000 migrations find a rate of 1 in 4,006 or more with 95 %; at 96 an hour in a
 * 10-hour night that is 13 nights."
 */
export function planSentence(facts: PlanFacts): string {
  const { probability, plugIn, predictive, budget, detectableRate } = facts;
  const level = sayPercent(probability);
  if (budget !== null && detectableRate !== null && predictive === null && plugIn === null) {
    return (
      `Rate unknown: ${sayThings(budget.migrations, 'migration')} find a rate of ` +
      `${sayRate(detectableRate)} or more with ${level}${sayPace(budget, facts)}.`
    );
  }
  const headline = predictive ?? plugIn;
  if (headline === null) return 'Rate unknown: name a number of migrations to see what it finds.';
  if (facts.bugchecks === 0) {
    return (
      'Not reproduced yet: what was seen gives no forecast. ' +
      `If the rate is what so few migrations leave possible, ${sayThings(headline.migrations, 'more migration')} ` +
      `find it with ${level}${sayPace(headline, facts)}.`
    );
  }
  const cautious =
    facts.cautious === null || predictive === null
      ? ''
      : ` Cautiously: ${sayThings(facts.cautious.migrations, 'migration')}.`;
  return (
    `${sayThings(headline.migrations, predictive === null ? 'migration' : 'more migration')} ` +
    `reproduce the bugcheck with ${level}${sayPace(headline, facts)}.${cautious}`
  );
}

function sayPace(
  { hours, nights }: PaceFacts,
  { migrationsPerHour, hoursPerNight }: Pick<PlanFacts, 'migrationsPerHour' | 'hoursPerNight'>,
): string {
  if (migrationsPerHour === null || hours === null) return '';
  const pace = `; at ${sayNumberPlain(migrationsPerHour)} an hour`;
  if (hoursPerNight === null || nights === null)
    return `${pace} that is ${sayThings(hours, 'hour')}`;
  return `${pace} in a ${sayNumberPlain(hoursPerNight)}-hour night that is ${sayThings(nights, 'night')}`;
}

function sayNumberPlain(value: number): string {
  return String(Number(value.toPrecision(3)));
}

export interface EtaFacts {
  readonly exposures: number;
  readonly bugchecks: number;
  readonly toNextBugcheck: { readonly sentence: string };
  readonly toVerdict: PaceFacts | null;
  readonly attemptsLeft: number | null;
  readonly exposuresPerHour: number | null;
  readonly hoursPerNight: number | null;
}

/** Where a campaign stands and what is left. */
export function etaSentence(facts: EtaFacts): string {
  const { exposures, bugchecks, toNextBugcheck, toVerdict, attemptsLeft } = facts;
  const sentences = [
    `So far ${sayTally({ bugchecks, exposures })}.`,
    toNextBugcheck.sentence,
    toVerdict === null ? '' : sayToVerdict(toVerdict, facts),
    attemptsLeft === null ? '' : `${sayThings(attemptsLeft, 'attempt')} are left.`,
  ];
  return sentences.filter((sentence) => sentence !== '').join(' ');
}

function sayToVerdict(toVerdict: PaceFacts, { exposuresPerHour, hoursPerNight }: EtaFacts): string {
  if (toVerdict.migrations === 0) return 'The verdict is reached.';
  if (toVerdict.migrations === 'Infinity') return 'No number of migrations reaches a verdict.';
  const pace = sayPace(toVerdict, { migrationsPerHour: exposuresPerHour, hoursPerNight });
  return (
    `About ${sayThings(toVerdict.migrations, 'more migration')} to a verdict if the candidate ` +
    `stays clean${pace}.`
  );
}

export interface SerialPlanFacts {
  readonly baseline: { readonly bugchecks: number; readonly migrations: number };
  readonly alpha: number;
  readonly rateRatioMax: number;
  readonly stages: readonly { readonly allowed: number; readonly migrations: Extended }[];
}

/** What a registered plan asks of the candidate, and of those who watch it. */
export function serialPlanSentence({
  baseline,
  alpha,
  rateRatioMax,
  stages,
}: SerialPlanFacts): string {
  const asked = stages.map(
    ({ allowed, migrations }) =>
      `${sayThings(migrations, 'migration')} with at most ${sayThings(allowed, 'bugcheck')}`,
  );
  const goal =
    rateRatioMax === 1
      ? 'a lower rate'
      : `effectiveness of at least ${sayPercent(1 - rateRatioMax)}`;
  return (
    `Against ${sayTally({ bugchecks: baseline.bugchecks, exposures: baseline.migrations })}, ` +
    `${asked.join(', or ')} of the candidate show ${goal} (${sayLevel(alpha)}).`
  );
}

export interface FactorsFacts {
  readonly exposures: number;
  readonly bugchecks: number;
  readonly alpha: number;
  readonly method: 'counts-only' | 'exact' | 'exact-and-firth';
  readonly factors: readonly {
    readonly factor: string;
    readonly levels: readonly {
      readonly level: string;
      readonly suspect: boolean;
      readonly adjusted: boolean;
      readonly rateRatio: {
        readonly estimate: Extended | null;
        readonly bonferroni: Ends;
      } | null;
    }[];
  }[];
}

/** Which levels raise the rate, or why that cannot be said yet. */
export function factorsSentence({ exposures, bugchecks, alpha, method, factors }: FactorsFacts) {
  const seen = `${sayTally({ bugchecks, exposures })}.`;
  if (method === 'counts-only') return `${seen} Too few to tell which factor raises the rate.`;
  const suspects = factors.flatMap(({ factor, levels }) =>
    levels.flatMap(({ level, suspect, adjusted, rateRatio }) => {
      const estimate = Number(rateRatio?.estimate ?? 0);
      if (!suspect || rateRatio === null || estimate < 1) return [];
      const times = Number.isFinite(estimate)
        ? `${sayNumber(estimate)} times the rate of the rest`
        : 'all bugchecks';
      const doubt = adjusted ? '' : ', not to be told apart from others';
      return [
        `${factor} ${level} (${times}, at least ${sayNumber(rateRatio.bonferroni.lower)}${doubt})`,
      ];
    }),
  );
  if (suspects.length === 0) return `${seen} No factor stands out (${sayLevel(alpha)}).`;
  return `${seen} Suspect (${sayLevel(alpha)} over all comparisons): ${suspects.join('; ')}.`;
}
