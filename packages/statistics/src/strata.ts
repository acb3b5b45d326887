import type { TwoArms } from './compare.ts';
import { checkOpenUnit, checkTally, checkThat, demand } from './input.ts';
import { sum } from './numerics.ts';

/** Two arms that share the levels of every other factor; arm 1 has the level under test. */
export type Stratum = TwoArms;

export interface Strata {
  readonly strata: readonly Stratum[];
  readonly alpha: number;
}

/** The exact methods convolve: their work is quadratic in the bugchecks of all strata together. */
export const exactBugchecksMax = 1_000;

export function demandStrata(
  what: string,
  { strata, alpha }: Strata,
  bugchecksMax = exactBugchecksMax,
): void {
  demand(
    what,
    checkOpenUnit('/alpha', alpha),
    checkThat(
      !(sum(strata.map(({ k0, k1 }) => k0 + k1)) > bugchecksMax),
      '/strata',
      `must hold at most ${bugchecksMax} bugchecks`,
    ),
    ...strata.flatMap(({ k0, n0, k1, n1 }, s) => [
      checkTally([`/strata/${s}/k0`, k0], [`/strata/${s}/n0`, n0]),
      checkTally([`/strata/${s}/k1`, k1], [`/strata/${s}/n1`, n1]),
    ]),
  );
}
