import { condEProcess } from './conditional-e-process.ts';
import { confidenceSequence } from './confidence-sequence.ts';
import type { History } from './history.ts';
import { tallyOf } from './history.ts';
import { checkOpenUnit, checkPositive, checkTally, demand } from './input.ts';
import { smallestInteger } from './numerics.ts';
import { migrationsToReproduce, predictiveMigrationsToReproduce } from './planning.ts';
import { evidenceInSequence } from './universal-inference.ts';

/** Forecasts are for people who plan nights; a rate below this is "unknown". */
const cautiousAlpha = 0.05;

/**
 * The rate that `migrations` find with probability `prob`: 1 - (1 - prob)^(1/migrations). 12,000
 * find 1 in 4,006 or more with 95 %.
 *
 * @throws StatisticsInputError unless migrations >= 1 and 0 < prob < 1
 */
export function detectableRate(migrations: number, prob: number): number {
  demand('detectable_rate', checkPositive('/migrations', migrations), checkOpenUnit('/prob', prob));
  return -Math.expm1(Math.log1p(-prob) / migrations);
}

/** Three answers to "how many more migrations until the next bugcheck": never show one alone. */
export interface Forecast {
  /** At the rate k/n; null while n = 0. */
  readonly plugIn: number | null;
  /** Averaged over the rates that k in n leaves possible: the headline. */
  readonly predictive: number;
  /** At the anytime lower bound; Infinity without a bugcheck: no finite guarantee. */
  readonly cautious: number;
  /** 80 % prediction interval; null without a bugcheck. */
  readonly next: { readonly lower: number; readonly upper: number } | null;
}

/**
 * Further migrations to the next bugcheck after k in n, reached with probability `prob`.
 *
 * @throws StatisticsInputError unless 0 <= k <= n are integers and 0 < prob < 1
 */
export function forecastNext(k: number, n: number, prob: number): Forecast {
  demand('forecast', checkTally(['/k', k], ['/n', n]), checkOpenUnit('/prob', prob));
  const { lower } = confidenceSequence({ k, n, alpha: cautiousAlpha });
  return {
    plugIn: n === 0 ? null : migrationsToReproduce({ p: k / n, prob }).n,
    predictive: predictiveMigrationsToReproduce({ k, n, prob }).n,
    cautious: migrationsToReproduce({ p: lower, prob }).n,
    next:
      k === 0
        ? null
        : {
            lower: predictiveMigrationsToReproduce({ k, n, prob: 0.1 }).n,
            upper: predictiveMigrationsToReproduce({ k, n, prob: 0.9 }).n,
          },
  };
}

/** Hours and nights that so many migrations take; null where the pace is unknown. */
export function toPace(
  migrations: number,
  { perHour, hoursPerNight }: { perHour: number | null; hoursPerNight: number | null },
): { readonly hours: number | null; readonly nights: number | null } {
  const hours = perHour === null ? null : migrations / perHour;
  const nights =
    hours === null || hoursPerNight === null ? null : Math.ceil(hours / hoursPerNight - 1e-9);
  return { hours, nights };
}

const baselineBugchecksMax = 200;

/**
 * Exposures of both arms still to run until "lower" would be shown, if the candidate stays clean
 * from now on and the baseline keeps its rate: a plan, no promise. Infinity when that is out of
 * reach, null before the baseline's first bugcheck. Expects a valid history.
 */
export function exposuresToVerdict(
  history: History,
  { design, alpha, r }: { design: 'interleaved' | 'sequence'; alpha: number; r: number },
): number | null {
  const { k0, n0, k1, n1 } = tallyOf(history);
  if (k0 === 0) return null;
  const logDecision = -Math.log(alpha);
  if (design === 'sequence') {
    const shownAfter = (more: number) =>
      evidenceInSequence({ k0, n0, k1, n1: n1 + more })(1, 'ge') >= logDecision;
    if (shownAfter(0)) return 0;
    // A never-ending clean run shows it only when the baseline has enough bugchecks at all.
    return shownAfter(2 ** 52) ? smallestInteger(shownAfter) : Infinity;
  }
  const bugchecks = bugchecksToVerdict(history, { logDecision, r });
  return bugchecks === Infinity ? Infinity : Math.ceil(bugchecks / ((k0 / n0) * (1 - r)));
}

/** Further baseline bugchecks, with none in the candidate, that decide an interleaved campaign. */
function bugchecksToVerdict(
  { bugchecks }: History,
  { logDecision, r }: { logDecision: number; r: number },
): number {
  const arms: number[] = bugchecks.map(({ arm }) => arm);
  const rs = bugchecks.map((bugcheck) => bugcheck.r);
  for (let more = 0; more <= baselineBugchecksMax; more += 1) {
    if (condEProcess({ arms, r: rs, rho0: 1 }).logE >= logDecision) return more;
    arms.push(0);
    rs.push(r);
  }
  return Infinity;
}
