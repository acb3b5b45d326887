import { sum } from './numerics.ts';
import type { Stratum } from './strata.ts';

/** Exposures and bugchecks that share the levels of every factor. */
export interface FactorCell {
  readonly levels: Readonly<Record<string, string>>;
  readonly k: number;
  readonly n: number;
}

/** Adds up cells with the same levels and leaves out those without an exposure. */
export function collapse(
  cells: readonly FactorCell[],
  factors: readonly string[],
): readonly FactorCell[] {
  const byKey = new Map<string, { levels: FactorCell['levels']; k: number; n: number }>();
  for (const { levels, k, n } of cells) {
    if (n === 0) continue;
    const key = keyOf(levels, factors);
    const known = byKey.get(key) ?? { levels, k: 0, n: 0 };
    byKey.set(key, { levels, k: known.k + k, n: known.n + n });
  }
  return [...byKey.values()];
}

function keyOf(levels: FactorCell['levels'], factors: readonly string[]): string {
  return JSON.stringify(factors.map((factor) => levels[factor] ?? 'unknown'));
}

interface Question {
  readonly factor: string;
  readonly level: string;
  /** The factors to hold still. */
  readonly others: readonly string[];
  /** Held still whatever is let go: worlds that are never mixed, as the arms of a campaign. */
  readonly blocks: readonly string[];
}

/**
 * Less than this share of the bugchecks in strata with both sides says too little, unless there are
 * so many that a comparison has its power whatever the share.
 */
const informativeShareMin = 0.5;
const informativeMin = 20;

/**
 * The level against the rest, in strata of the other factors. Where the others move together with
 * the level no stratum has both sides; then the ones that do so most are let go, one at a time,
 * until half of the bugchecks, or 20, can be compared, and named in `dropped`.
 */
export function strataOf(
  cells: readonly FactorCell[],
  question: Question,
): { readonly strata: readonly Stratum[]; readonly dropped: readonly string[] } {
  const enough = Math.min(informativeMin, informativeShareMin * sum(cells.map(({ k }) => k)));
  let others = question.others;
  for (let round = 0; round <= question.others.length; round += 1) {
    const strata = stratify(cells, { ...question, others });
    if (others.length === 0 || informative(strata) >= enough) {
      return { strata, dropped: question.others.filter((other) => !others.includes(other)) };
    }
    const without = (other: string) => others.filter((kept) => kept !== other);
    const gains = others.map((other) =>
      informative(stratify(cells, { ...question, others: without(other) })),
    );
    const most = others[gains.indexOf(Math.max(...gains))] ?? '';
    // When no single one helps, the last of the list goes: the caller puts what matters first.
    others = Math.max(...gains) > informative(strata) ? without(most) : others.slice(0, -1);
  }
  return { strata: [], dropped: question.others };
}

/** Bugchecks in strata that have exposures on both sides. */
function informative(strata: readonly Stratum[]): number {
  return sum(strata.map(({ k0, n0, k1, n1 }) => (n0 > 0 && n1 > 0 ? k0 + k1 : 0)));
}

function stratify(
  cells: readonly FactorCell[],
  { factor, level, others, blocks }: Question,
): readonly Stratum[] {
  const byKey = new Map<string, { k0: number; n0: number; k1: number; n1: number }>();
  for (const { levels, k, n } of cells) {
    const key = keyOf(levels, [...blocks, ...others]);
    const stratum = byKey.get(key) ?? { k0: 0, n0: 0, k1: 0, n1: 0 };
    if ((levels[factor] ?? 'unknown') === level) {
      stratum.k1 += k;
      stratum.n1 += n;
    } else {
      stratum.k0 += k;
      stratum.n0 += n;
    }
    byKey.set(key, stratum);
  }
  return [...byKey.values()];
}
