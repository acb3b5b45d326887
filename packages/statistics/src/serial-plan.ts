import type { History } from './history.ts';
import {
  checkCount,
  checkOpenUnit,
  checkPositive,
  checkTally,
  checkThat,
  demand,
} from './input.ts';
import { cleanNeededVsBaseline } from './planning.ts';

/** Confirmed at `migrations` of the candidate with at most `allowed` bugchecks, at `alpha`. */
export interface SerialStage {
  readonly allowed: number;
  readonly alpha: number;
  /** Infinity when the baseline has no bugcheck: no number suffices. */
  readonly migrations: number;
}

export interface SerialProgress {
  readonly state: 'registered' | 'running' | 'completed' | 'missed';
  /** The stage that still can confirm, or did; null when missed. */
  readonly stage: SerialStage | null;
}

/** How alpha is split over second chances: most of it on the clean run. */
const shares = [0.7, 0.2, 0.1] as const;

/**
 * A plan to be registered before the candidate's first migration. The only looks that confirm are
 * at its stages, so watching is free, and the last allowed bugcheck plus one ends it early. With
 * second chances alpha is split 0.7/0.2/0.1 over none, one and two bugchecks; the sum of the
 * stages' errors stays below alpha.
 *
 * @throws StatisticsInputError unless 0 <= k0 <= n0 and allowed >= 0 are integers, 0 < alpha < 1
 *   and rateRatioMax > 0
 */
export function planInSequence(input: {
  readonly k0: number;
  readonly n0: number;
  readonly alpha: number;
  readonly rateRatioMax: number;
  readonly allowed: number | 'second-chances';
}): readonly SerialStage[] {
  const { k0, n0, alpha, rateRatioMax, allowed } = input;
  demand(
    'serial_plan',
    checkTally(['/k0', k0], ['/n0', n0]),
    checkOpenUnit('/alpha', alpha),
    checkPositive('/rateRatioMax', rateRatioMax),
    allowed === 'second-chances' ? null : checkCount('/allowed', allowed),
  );
  const split =
    allowed === 'second-chances'
      ? shares.map((share, bugchecks) => ({ allowed: bugchecks, alpha: alpha * share }))
      : [{ allowed, alpha }];
  return split.map((stage) => ({
    ...stage,
    migrations: cleanNeededVsBaseline({
      k0,
      n0,
      alpha: stage.alpha,
      rrMax: rateRatioMax,
      allowed: stage.allowed,
    }).n,
  }));
}

/** Where the candidate (arm 1 of the history) stands in its plan. */
export function serialProgress(history: History, stages: readonly SerialStage[]): SerialProgress {
  const open = stages.filter((stage) => bugchecksWithin(history, stage) <= stage.allowed);
  const done = open.find((stage) => history.n1 >= stage.migrations);
  if (done !== undefined) return { state: 'completed', stage: done };
  const [next] = open;
  if (next === undefined) return { state: 'missed', stage: null };
  return { state: history.n1 === 0 ? 'registered' : 'running', stage: next };
}

function bugchecksWithin({ bugchecks }: History, { migrations }: SerialStage): number {
  return bugchecks.filter(({ arm, n1 }) => arm === 1 && n1 <= migrations).length;
}

export function demandStages(what: string, stages: readonly SerialStage[]): void {
  demand(
    what,
    checkThat(stages.length > 0, '/plan/stages', 'must have at least one stage'),
    ...stages.flatMap((stage, s) => [
      checkCount(`/plan/stages/${s}/allowed`, stage.allowed),
      checkThat(stage.migrations > 0, `/plan/stages/${s}/migrations`, 'must be above 0'),
    ]),
  );
}
