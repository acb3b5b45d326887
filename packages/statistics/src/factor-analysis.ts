import { confidenceSequence } from './confidence-sequence.ts';
import { collapse, type FactorCell, strataOf } from './factor-cells.ts';
import { type FirthTerm, firthTerms } from './factor-regression.ts';
import { mantelHaenszelRr, stratifiedExactRr } from './factors.ts';
import { checkOpenUnit, checkTally, demand } from './input.ts';
import { sum } from './numerics.ts';
import type { Interval } from './rate.ts';
import { normalCdf, normalQuantileUpper } from './special.ts';
import type { Stratum } from './strata.ts';

/** A level of a factor against the rest, the other factors held still where that is possible. */
export interface LevelComparison {
  /** Mantel-Haenszel estimate; null without a bugcheck that says anything. */
  readonly estimate: number | null;
  readonly exact: Interval;
  /** At alpha over the number of comparisons. */
  readonly bonferroni: Interval;
  /** Two-sided. */
  readonly pValue: number;
  readonly pHolm: number;
}

export interface FactorLevel {
  readonly level: string;
  readonly k: number;
  readonly n: number;
  readonly anytime: Interval;
  readonly comparison: LevelComparison | null;
  /** False when other factors moved together with this one and could not be held still. */
  readonly adjusted: boolean;
  /** True when the Bonferroni interval excludes 1. */
  readonly suspect: boolean;
}

export interface FactorAnalysis {
  readonly method: 'counts-only' | 'exact' | 'exact-and-firth';
  readonly factors: readonly { readonly factor: string; readonly levels: readonly FactorLevel[] }[];
  readonly firth: readonly FirthTerm[] | null;
  /** Per factor, those it cannot be told apart from. */
  readonly confounded: ReadonlyMap<string, readonly string[]>;
}

/** Below so many bugchecks any ratio is noise: counts only. */
export const factorBugchecksMin = 5;
/** Beyond so many the exact convolution is slow and the normal approximation as good. */
const exactMax = 200;

/**
 * Which factor raises the rate? Each level is compared with the rest over strata of the other
 * factors: Mantel-Haenszel estimates, exact stratified intervals and p-values, Holm over all
 * comparisons. With 3 bugchecks a coefficient all factors at once by Firth's Poisson regression.
 * Source: Martin & Austin 1996; Holm 1979; Heinze & Schemper 2002.
 *
 * @param input.factors names of the factors, each a key of every cell's levels
 * @param input.blocks keys of levels that are always held still and never suspected: the arm
 * @throws StatisticsInputError unless every cell has integers 0 <= k <= n and 0 < alpha < 1
 */
export function analyzeFactors(input: {
  readonly cells: readonly FactorCell[];
  readonly factors: readonly string[];
  readonly blocks?: readonly string[];
  readonly alpha: number;
}): FactorAnalysis {
  const { alpha, factors, blocks = [] } = input;
  demand(
    'factors',
    checkOpenUnit('/alpha', alpha),
    ...input.cells.map(({ k, n }, c) => checkTally([`/cells/${c}/k`, k], [`/cells/${c}/n`, n])),
  );
  const cells = collapse(input.cells, [...blocks, ...factors]);
  const varying = factors.filter((factor) => levelsOf(cells, factor).length > 1);
  const enough = sum(cells.map(({ k }) => k)) >= factorBugchecksMin;
  const contrasts = enough
    ? varying.flatMap((factor) => contrastsOf(cells, { factor, varying, blocks }))
    : [];
  const compared = compareAll(contrasts, alpha);
  const firth = enough ? firthTerms(cells, { blocks, factors: varying }, alpha) : null;
  return {
    method: methodOf(enough, firth),
    factors: factors.map((factor) => ({
      factor,
      levels: levelsOf(cells, factor).map((level) =>
        describe({ cells, compared, factor, level, alpha }),
      ),
    })),
    firth,
    confounded: new Map(
      contrasts
        .filter(({ dropped }) => dropped.length > 0)
        .map(({ factor, dropped }) => [factor, dropped]),
    ),
  };
}

function methodOf(enough: boolean, firth: readonly FirthTerm[] | null): FactorAnalysis['method'] {
  if (!enough) return 'counts-only';
  return firth === null ? 'exact' : 'exact-and-firth';
}

function levelsOf(cells: readonly FactorCell[], factor: string): readonly string[] {
  return [...new Set(cells.map(({ levels }) => levels[factor] ?? 'unknown'))].toSorted();
}

interface Contrast {
  readonly factor: string;
  readonly level: string;
  readonly strata: readonly Stratum[];
  readonly dropped: readonly string[];
}

/** Two levels make one contrast: the second against the first says it all. */
function contrastsOf(
  cells: readonly FactorCell[],
  {
    factor,
    varying,
    blocks,
  }: {
    readonly factor: string;
    readonly varying: readonly string[];
    readonly blocks: readonly string[];
  },
): readonly Contrast[] {
  const others = varying.filter((other) => other !== factor);
  const levels = levelsOf(cells, factor);
  return (levels.length === 2 ? levels.slice(1) : levels).map((level) => ({
    factor,
    level,
    ...strataOf(cells, { factor, level, others, blocks }),
  }));
}

type Compared = Contrast & { readonly comparison: LevelComparison };

function compareAll(contrasts: readonly Contrast[], alpha: number): readonly Compared[] {
  const each = alpha / Math.max(1, contrasts.length);
  const plain = contrasts.map((contrast) => ({
    ...contrast,
    ...test(contrast.strata, alpha, each),
  }));
  const holm = holmOf(plain.map(({ pValue }) => pValue));
  return plain.map(({ estimate, exact, bonferroni, pValue, ...contrast }, c) => ({
    ...contrast,
    comparison: { estimate, exact, bonferroni, pValue, pHolm: holm[c] ?? 1 },
  }));
}

/** Adjusted p-values in the given order. Source: Holm 1979. */
export function holmOf(pValues: readonly number[]): readonly number[] {
  const order = pValues.map((_, i) => i).toSorted((a, b) => (pValues[a] ?? 1) - (pValues[b] ?? 1));
  const adjusted = pValues.map(() => 1);
  let largest = 0;
  for (const [rank, i] of order.entries()) {
    largest = Math.max(largest, Math.min(1, (pValues.length - rank) * (pValues[i] ?? 1)));
    adjusted[i] = largest;
  }
  return adjusted;
}

function test(strata: readonly Stratum[], alpha: number, each: number) {
  const { rr, lower, upper } = mantelHaenszelRr({ strata, alpha });
  const bugchecks = sum(strata.map(({ k0, k1 }) => k0 + k1));
  if (bugchecks <= exactMax || rr === null || lower === null || upper === null) {
    const exact = stratifiedExactRr({ strata, alpha });
    const bonferroni = stratifiedExactRr({ strata, alpha: each });
    return {
      estimate: rr,
      exact: { lower: exact.lower, upper: exact.upper },
      bonferroni: { lower: bonferroni.lower, upper: bonferroni.upper },
      pValue: Math.min(1, 2 * Math.min(exact.pGreater, exact.pLess)),
    };
  }
  const wide = mantelHaenszelRr({ strata, alpha: each });
  return {
    estimate: rr,
    exact: { lower, upper },
    bonferroni: { lower: wide.lower ?? 0, upper: wide.upper ?? Infinity },
    pValue: waldP(rr, { lower, upper }, alpha),
  };
}

/** The two-sided p-value behind a Wald interval of a log ratio, whose width holds its error. */
function waldP(rr: number, { lower, upper }: Interval, alpha: number): number {
  const error = Math.log(upper / lower) / (2 * normalQuantileUpper(alpha / 2));
  return 2 * normalCdf(-Math.abs(Math.log(rr)) / error);
}

function describe({
  cells,
  compared,
  factor,
  level,
  alpha,
}: {
  readonly cells: readonly FactorCell[];
  readonly compared: readonly Compared[];
  readonly factor: string;
  readonly level: string;
  readonly alpha: number;
}): FactorLevel {
  const own = cells.filter(({ levels }) => (levels[factor] ?? 'unknown') === level);
  const k = sum(own.map((cell) => cell.k));
  const n = sum(own.map((cell) => cell.n));
  const ofFactor = compared.filter((contrast) => contrast.factor === factor);
  const direct = ofFactor.find((contrast) => contrast.level === level);
  // The first of two levels is the mirror of the second.
  const mirrored = direct === undefined && ofFactor.length === 1 ? ofFactor[0] : undefined;
  const comparison = direct?.comparison ?? (mirrored && mirror(mirrored.comparison)) ?? null;
  const used = direct ?? mirrored;
  return {
    level,
    k,
    n,
    anytime: confidenceSequence({ k, n, alpha }),
    comparison,
    adjusted: used !== undefined && used.dropped.length === 0,
    suspect: comparison !== null && !includesOne(comparison.bonferroni),
  };
}

function includesOne({ lower, upper }: Interval): boolean {
  return lower <= 1 && upper >= 1;
}

function mirror(comparison: LevelComparison): LevelComparison {
  const flip = ({ lower, upper }: Interval) => ({ lower: 1 / upper, upper: 1 / lower });
  return {
    ...comparison,
    estimate: comparison.estimate === null ? null : 1 / comparison.estimate,
    exact: flip(comparison.exact),
    bonferroni: flip(comparison.bonferroni),
  };
}
