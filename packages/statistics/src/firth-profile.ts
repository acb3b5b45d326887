import { type Cells, demandCells, firthPoisson, information, quadratic } from './firth.ts';
import { checkOpenUnit, demand } from './input.ts';
import { cholesky, dot, invertCholesky, type Matrix, solveCholesky } from './linear.ts';
import { at, sum } from './numerics.ts';
import { normalQuantileUpper } from './special.ts';

/** Log rate ratios beyond these are of no use to anybody. */
const coefficientMax = 40;

/**
 * Interval of one coefficient of `firthPoisson` by its penalised profile likelihood: all values at
 * which twice the loss of penalised log-likelihood, the other coefficients refitted, stays below
 * the chi-square quantile. Unlike a Wald interval it does not mislead when a cell is empty.
 * Source: Heinze & Schemper 2002.
 *
 * @param j index of the coefficient
 * @throws StatisticsInputError as `firthPoisson`, and unless 0 < alpha < 1
 */
export function firthProfileInterval(
  cells: Cells,
  j: number,
  alpha: number,
): { readonly lower: number; readonly upper: number } {
  demandCells('firth_profile', cells);
  demand('firth_profile', checkOpenUnit('/alpha', alpha));
  const { coef, se } = firthPoisson(cells);
  const z = normalQuantileUpper(alpha / 2);
  const level = penalisedLogLikelihood(cells, coef) - (z * z) / 2;
  let start = coef;
  const excess = (value: number) => {
    const fitted = refit(cells, j, start.with(j, value));
    start = fitted;
    return penalisedLogLikelihood(cells, fitted) - level;
  };
  const estimate = at(coef, j);
  const width = z * at(se, j);
  const lower = crossing(excess, estimate, -width);
  start = coef;
  return { lower, upper: crossing(excess, estimate, width) };
}

const crossingStepsMax = 40;
const crossingPrecision = 1e-8;

/**
 * Where `excess` falls to 0 on the way from the estimate. Doubles the step until it is negative,
 * then the Illinois variant of false position: every evaluation is a refit.
 */
function crossing(excess: (value: number) => number, estimate: number, width: number): number {
  let inside = { value: estimate, excess: excess(estimate) };
  let step = width;
  let outside = { value: estimate + step, excess: excess(estimate + step) };
  while (outside.excess > 0 && Math.abs(outside.value) < coefficientMax) {
    inside = outside;
    step *= 2;
    outside = { value: inside.value + step, excess: excess(inside.value + step) };
  }
  if (outside.excess > 0) return outside.value;
  for (let i = 0; i < crossingStepsMax; i += 1) {
    const slope = (outside.excess - inside.excess) / (outside.value - inside.value);
    const value = inside.value - inside.excess / slope;
    const found = { value, excess: excess(value) };
    if (Math.abs(found.excess) < crossingPrecision) return value;
    if (found.excess > 0) {
      inside = found;
      outside = { ...outside, excess: outside.excess / 2 };
    } else {
      outside = found;
      inside = { ...inside, excess: inside.excess / 2 };
    }
  }
  return inside.value;
}

const iterationsMax = 100;
const stepMax = 2;
const halvingsMax = 20;
const precision = 1e-7;

/** The best coefficients with the j-th held where it is, from the given start. */
function refit(cells: Cells, j: number, start: readonly number[]): readonly number[] {
  let coef = start;
  let likelihood = penalisedLogLikelihood(cells, coef);
  for (let iteration = 0; iteration < iterationsMax; iteration += 1) {
    const step = stepWithout(cells, j, coef);
    const largest = Math.max(0, ...step.map(Math.abs));
    if (largest < precision) break;
    let scale = largest > stepMax ? stepMax / largest : 1;
    let next = coef;
    let found = -Infinity;
    for (let halving = 0; halving < halvingsMax && !(found >= likelihood); halving += 1) {
      next = coef.map((value, i) => value + scale * at(step, i));
      found = penalisedLogLikelihood(cells, next);
      scale /= 2;
    }
    if (!(found > likelihood)) break;
    coef = next;
    likelihood = found;
  }
  return coef;
}

function stepWithout(cells: Cells, j: number, coef: readonly number[]): readonly number[] {
  const { X, k } = cells;
  const means = meansOf(cells, coef);
  const lower = cholesky(information(X, means));
  if (lower === null) return coef.map(() => 0);
  const covariance = invertCholesky(lower);
  const residuals = X.map((row, i) => {
    const leverage = at(means, i) * quadratic(covariance, row);
    return at(k, i) - at(means, i) + leverage / 2;
  });
  const free = X.map((row) => row.toSpliced(j, 1));
  if (at(free, 0).length === 0) return [0];
  const freeLower = cholesky(information(free, means));
  if (freeLower === null) return coef.map(() => 0);
  const score = at(free, 0).map((_, i) => sum(free.map((row, c) => at(row, i) * at(residuals, c))));
  return solveCholesky(freeLower, score).toSpliced(j, 0, 0);
}

function penalisedLogLikelihood(cells: Cells, coef: readonly number[]): number {
  const means = meansOf(cells, coef);
  const lower = cholesky(information(cells.X, means));
  if (lower === null) return -Infinity;
  const logDeterminant = 2 * sum(lower.map((row, i) => Math.log(at(row, i))));
  const terms = means.map((mean, i) => at(cells.k, i) * Math.log(mean) - mean);
  return sum(terms) + logDeterminant / 2;
}

function meansOf({ X, n }: Pick<Cells, 'X' | 'n'>, coef: readonly number[]): readonly number[] {
  return (X as Matrix).map((row, i) => at(n, i) * Math.exp(dot(row, coef)));
}
