import { type Extended, sayLevel, sayRate, sayThings } from './wording.ts';

/*
 * The one generator of plain-language conclusions, for API, dashboard, report and notification.
 * It takes the API's own fields and quotes no number that is not one of them. It says what was
 * seen and what is shown or not shown at a level; it never calls a fix proved, and never speaks of
 * the probability that it works.
 */

export interface Ends {
  readonly lower: number;
  readonly upper: Extended;
}

export interface RateEnds extends Ends {
  readonly upper: number;
}

export interface Tally {
  readonly bugchecks: number;
  readonly exposures: number;
}

/** `any-finding`: hangs and faults count as well, whatever their signature. */
export type Counts = 'signature' | 'any-finding' | undefined;

export function sayTally({ bugchecks, exposures }: Tally, counts?: Counts): string {
  return `${sayThings(bugchecks, nounOf(counts))} in ${sayThings(exposures, 'migration')}`;
}

export function nounOf(counts: Counts): string {
  return counts === 'any-finding' ? 'finding' : 'bugcheck';
}

export function sayBand({ lower, upper }: RateEnds, alpha: number, look = ''): string {
  const ends =
    lower === 0 ? `below ${sayRate(upper)}` : `between ${sayRate(lower)} and ${sayRate(upper)}`;
  return `the rate is ${ends}${look} (${sayLevel(alpha)})`;
}
