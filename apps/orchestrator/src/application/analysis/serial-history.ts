import type { HistoricBugcheck, History } from '@gauntlet/statistics/history';
import type { SerialStage } from '@gauntlet/statistics/serial-plan';
import type { SerialPlanRecord } from './ports.ts';

/**
 * A baseline that is over, then a candidate (the only arm of `candidate`). When the baseline's
 * bugchecks happened does not matter: without a candidate there is no evidence to be had.
 */
export function seriallyAfter(
  { bugchecks, migrations }: { bugchecks: number; migrations: number },
  candidate: History,
): History {
  const before = Array.from(
    { length: bugchecks },
    (_, j): HistoricBugcheck => ({ arm: 0, r: 0.5, n0: migrations - bugchecks + j + 1, n1: 0 }),
  );
  const after = candidate.bugchecks.map(
    ({ n0 }): HistoricBugcheck => ({ arm: 1, r: 0.5, n0: migrations, n1: n0 }),
  );
  return { bugchecks: [...before, ...after], n0: migrations, n1: candidate.n0 };
}

/** JSON has no infinity: null in the record. */
export function toStages({ stages }: Pick<SerialPlanRecord, 'stages'>): SerialStage[] {
  return stages.map((stage) => ({ ...stage, migrations: stage.migrations ?? Infinity }));
}
