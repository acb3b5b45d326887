import { checkCount, checkTally, checkThat, demand, type InputFault } from './input.ts';
import { cholesky, dot, invertCholesky, type Matrix, solveCholesky } from './linear.ts';
import { at, logistic, sum, zeros } from './numerics.ts';

/** Cells of a design: a row of X, its bugchecks and its migrations. */
export interface Cells {
  readonly X: Matrix;
  readonly k: readonly number[];
  readonly n: readonly number[];
}

/** Coefficients in the order of X's columns, on the log (or logit) scale of the rate. */
export interface FirthFit {
  readonly coef: readonly number[];
  readonly se: readonly number[];
}

/**
 * Poisson regression of cells with the offset log n and Firth's penalty, which keeps estimates
 * finite when a cell has no bugcheck. Score X'(k - mu + h/2), mu = n exp(X beta), h the leverages.
 * Wants at least 3 bugchecks a coefficient. Source: Firth 1993; Heinze & Schemper 2002.
 *
 * @throws StatisticsInputError unless X is a full-rank matrix with a row for every k and n, and
 *   0 <= k <= n, n >= 1 are integers
 */
export function firthPoisson(cells: Cells): FirthFit {
  demandCells('firth_poisson', cells);
  return fit(cells, poisson, 'firth_poisson');
}

/**
 * As `firthPoisson`, for the logit of the rate: score X'(k - n pi + h (1/2 - pi)). Only for rates
 * above 5 %, where a Poisson count would be too wide.
 *
 * @throws StatisticsInputError as `firthPoisson`
 */
export function firthLogistic(cells: Cells): FirthFit {
  demandCells('firth_logistic', cells);
  return fit(cells, binomial, 'firth_logistic');
}

/** A cell's mean, its working weight and its half-leverage correction at the linear predictor. */
interface Family {
  readonly mean: (eta: number, n: number) => number;
  readonly weight: (mean: number, n: number) => number;
  readonly correction: (leverage: number, mean: number, n: number) => number;
  readonly link: (rate: number) => number;
}

const poisson: Family = {
  mean: (eta, n) => n * Math.exp(eta),
  weight: (mean) => mean,
  correction: (leverage) => leverage / 2,
  link: (rate) => Math.log(rate),
};

const binomial: Family = {
  mean: (eta, n) => n * logistic(eta),
  weight: (mean, n) => mean * (1 - mean / n),
  correction: (leverage, mean, n) => leverage * (0.5 - mean / n),
  link: (rate) => Math.log(rate / (1 - rate)),
};

const iterationsMax = 500;
const stepMax = 2;
const precision = 1e-12;
const coefficientsMax = 50;

function fit(cells: Cells, family: Family, what: string): FirthFit {
  let coef = startOf(cells, family);
  for (let iteration = 0; iteration < iterationsMax; iteration += 1) {
    const { step, se } = newton(cells, family, { coef, what });
    const largest = Math.max(...step.map(Math.abs));
    const scale = largest > stepMax ? stepMax / largest : 1;
    coef = coef.map((value, j) => value + scale * at(step, j));
    if (largest < precision * (1 + Math.max(...coef.map(Math.abs)))) return { coef, se };
  }
  demand(what, { pointer: '/X', detail: `has no fit after ${iterationsMax} Newton steps` });
  return { coef, se: [] };
}

/** All cells at the pooled rate, if X has a constant column; 0 otherwise. */
function startOf({ X, k, n }: Cells, family: Family): readonly number[] {
  const rate = (sum(k) + 0.5) / (sum(n) + 1);
  const width = at(X, 0).length;
  const constant = Array.from({ length: width }, (_, j) => j).find((j) =>
    X.every((row) => at(row, j) === 1),
  );
  return Array.from({ length: width }, (_, j) => (j === constant ? family.link(rate) : 0));
}

function newton(
  { X, k, n }: Cells,
  family: Family,
  { coef, what }: { readonly coef: readonly number[]; readonly what: string },
) {
  const means = X.map((row, i) => family.mean(dot(row, coef), at(n, i)));
  const weights = means.map((mean, i) => family.weight(mean, at(n, i)));
  const lower = cholesky(information(X, weights));
  if (lower === null) {
    demand(what, { pointer: '/X', detail: 'must have columns that do not depend on each other' });
    return { step: [], se: [] };
  }
  const covariance = invertCholesky(lower);
  const residuals = X.map((row, i) => {
    const leverage = at(weights, i) * quadratic(covariance, row);
    return at(k, i) - at(means, i) + family.correction(leverage, at(means, i), at(n, i));
  });
  const score = at(X, 0).map((_, j) => sum(X.map((row, i) => at(row, j) * at(residuals, i))));
  return {
    step: solveCholesky(lower, score),
    se: covariance.map((row, j) => Math.sqrt(at(row, j))),
  };
}

/** X' W X. */
export function information(X: Matrix, weights: readonly number[]): Matrix {
  const width = at(X, 0).length;
  const product = Array.from({ length: width }, () => zeros(width));
  for (const [i, row] of X.entries()) {
    for (let a = 0; a < width; a += 1) {
      const left = at(row, a) * at(weights, i);
      if (left === 0) continue;
      const line = at(product, a);
      for (let b = 0; b < width; b += 1) line[b] = at(line, b) + left * at(row, b);
    }
  }
  return product;
}

export function quadratic(matrix: Matrix, row: readonly number[]): number {
  return dot(
    row,
    matrix.map((line) => dot(line, row)),
  );
}

export function demandCells(what: string, { X, k, n }: Cells): void {
  const width = X[0]?.length ?? 0;
  demand(
    what,
    checkThat(X.length > 0 && width > 0, '/X', 'must have a row and a column'),
    checkThat(width <= coefficientsMax, '/X', `must have at most ${coefficientsMax} columns`),
    checkThat(k.length === X.length, '/k', `must have ${X.length} entries, one a row of /X`),
    checkThat(n.length === X.length, '/n', `must have ${X.length} entries, one a row of /X`),
    ...X.map((row, i) => checkRow(row, i, width)),
  );
  demand(
    what,
    ...k.map((ki, i) => checkTally([`/k/${i}`, ki], [`/n/${i}`, at(n, i)])),
    ...n.map((ni, i) => checkCount(`/n/${i}`, ni, 1)),
  );
}

function checkRow(row: readonly number[], i: number, width: number): InputFault | null {
  return checkThat(
    row.length === width && row.every(Number.isFinite),
    `/X/${i}`,
    `must be ${width} finite numbers`,
  );
}
