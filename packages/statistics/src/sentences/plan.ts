import { sayTally } from './tally.ts';
import { type Extended, sayLevel, sayPercent, sayRate, sayThings } from './wording.ts';

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
