import { type RateEnds, sayBand, sayTally } from './tally.ts';
import { sayLevel, sayRate } from './wording.ts';

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
