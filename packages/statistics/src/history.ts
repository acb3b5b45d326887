import { checkCount, checkOpenUnit, checkThat, demand } from './input.ts';
import { at } from './numerics.ts';

/** One counted bugcheck of the signature, in the order of settlement. */
export interface HistoricBugcheck {
  /** 0 baseline, 1 candidate. */
  readonly arm: 0 | 1;
  /** Probability with which its attempt would have gone to arm 1; any value when in sequence. */
  readonly r: number;
  /** Counted exposures of each arm once it was settled, its own included. */
  readonly n0: number;
  readonly n1: number;
}

/** All that a verdict needs of a campaign: its bugchecks, and how many exposures there are now. */
export interface History {
  readonly bugchecks: readonly HistoricBugcheck[];
  readonly n0: number;
  readonly n1: number;
}

export interface Tally {
  readonly k0: number;
  readonly n0: number;
  readonly k1: number;
  readonly n1: number;
}

export function tallyOf({ bugchecks, n0, n1 }: History): Tally {
  let k1 = 0;
  for (const { arm } of bugchecks) k1 += arm;
  return { k0: bugchecks.length - k1, n0, k1, n1 };
}

/**
 * The moments at which evidence can turn: right before and after each bugcheck, and now. Between
 * two bugchecks clean exposures move it one way, so what it reached was reached at one of these.
 */
export function momentsOf(history: History): readonly Tally[] {
  const moments: Tally[] = [];
  let k0 = 0;
  let k1 = 0;
  for (const { arm, n0, n1 } of history.bugchecks) {
    moments.push({ k0, n0: n0 - (arm === 0 ? 1 : 0), k1, n1: n1 - arm });
    if (arm === 1) k1 += 1;
    else k0 += 1;
    moments.push({ k0, n0, k1, n1 });
  }
  moments.push({ k0, n0: history.n0, k1, n1: history.n1 });
  return moments;
}

/**
 * Refuses a history that cannot have happened.
 *
 * @throws StatisticsInputError unless counts are integers that never fall, every bugcheck is an
 *   exposure of its own, and 0 < r < 1
 */
export function demandHistory({ bugchecks, n0, n1 }: History): void {
  demand(
    'verdict',
    checkCount('/n0', n0),
    checkCount('/n1', n1),
    ...bugchecks.flatMap((bugcheck, j) => [
      checkOpenUnit(`/bugchecks/${j}/r`, bugcheck.r),
      checkCount(`/bugchecks/${j}/n0`, bugcheck.n0, bugcheck.arm === 0 ? 1 : 0),
      checkCount(`/bugchecks/${j}/n1`, bugcheck.n1, bugcheck.arm),
      checkThat(
        follows(bugcheck, j === 0 ? { n0: 0, n1: 0 } : at(bugchecks, j - 1)),
        `/bugchecks/${j}`,
        'must have more exposures than the bugcheck before it',
      ),
      checkThat(
        bugcheck.n0 <= n0 && bugcheck.n1 <= n1,
        `/bugchecks/${j}`,
        'must have no more exposures than there are now',
      ),
    ]),
  );
}

type Exposures = Pick<HistoricBugcheck, 'n0' | 'n1'>;

function follows(later: HistoricBugcheck, earlier: Exposures): boolean {
  const own = later.arm === 0 ? [1, 0] : [0, 1];
  return later.n0 >= earlier.n0 + at(own, 0) && later.n1 >= earlier.n1 + at(own, 1);
}
