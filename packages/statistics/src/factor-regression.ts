import { collapse, type FactorCell } from './factor-cells.ts';
import { type Cells, firthPoisson } from './firth.ts';
import { firthProfileInterval } from './firth-profile.ts';
import { StatisticsInputError } from './input.ts';
import { at, sum } from './numerics.ts';

/** One level against its factor's most used level, all other factors held still. */
export interface FirthTerm {
  readonly factor: string;
  readonly level: string;
  readonly rateRatio: number;
  readonly lower: number;
  readonly upper: number;
}

const bugchecksPerCoefficientMin = 3;

interface Column {
  readonly factor: string;
  readonly level: string;
}

/**
 * Firth's Poisson regression with one column a level beside the most used one. Factors are taken
 * in the order given, as many as the bugchecks carry (3 a coefficient); null when not even the
 * first fits, or when columns depend on each other and no fit means anything. Blocks come first and
 * are no terms of the answer.
 */
export function firthTerms(
  cells: readonly FactorCell[],
  { blocks, factors }: { readonly blocks: readonly string[]; readonly factors: readonly string[] },
  alpha: number,
): readonly FirthTerm[] | null {
  const columns = columnsWithin(cells, [...blocks, ...factors]);
  if (!columns.some(({ factor }) => !blocks.includes(factor))) return null;
  const used = [...new Set(columns.map(({ factor }) => factor))];
  const merged = collapse(cells, used);
  const design: Cells = {
    X: merged.map(({ levels }) => [
      1,
      ...columns.map(({ factor, level }) => ((levels[factor] ?? 'unknown') === level ? 1 : 0)),
    ]),
    k: merged.map(({ k }) => k),
    n: merged.map(({ n }) => n),
  };
  try {
    const { coef } = firthPoisson(design);
    return columns.flatMap((column, j) => {
      if (blocks.includes(column.factor)) return [];
      const { lower, upper } = firthProfileInterval(design, j + 1, alpha);
      const rateRatio = Math.exp(at(coef, j + 1));
      return [{ ...column, rateRatio, lower: Math.exp(lower), upper: Math.exp(upper) }];
    });
  } catch (error) {
    if (error instanceof StatisticsInputError) return null;
    throw error;
  }
}

function columnsWithin(cells: readonly FactorCell[], factors: readonly string[]): Column[] {
  const bugchecks = sum(cells.map(({ k }) => k));
  const coefficientsMax = Math.floor(bugchecks / bugchecksPerCoefficientMin);
  const columns: Column[] = [];
  for (const factor of factors) {
    const levels = levelsByUse(cells, factor).slice(1);
    if (1 + columns.length + levels.length > coefficientsMax) continue;
    columns.push(...levels.map((level) => ({ factor, level })));
  }
  return columns;
}

function levelsByUse(cells: readonly FactorCell[], factor: string): readonly string[] {
  const exposures = new Map<string, number>();
  for (const { levels, n } of cells) {
    const level = levels[factor] ?? 'unknown';
    exposures.set(level, (exposures.get(level) ?? 0) + n);
  }
  return [...exposures].toSorted((a, b) => b[1] - a[1]).map(([level]) => level);
}
