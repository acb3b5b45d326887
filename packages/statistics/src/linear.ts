import { at, zeros } from './numerics.ts';

export type Matrix = readonly (readonly number[])[];

/**
 * The lower triangular L with L L' = a, for a symmetric positive definite a; null when it is not,
 * that is, when the columns behind it depend on each other.
 */
export function cholesky(a: Matrix): Matrix | null {
  const lower: number[][] = [];
  for (const [i, row] of a.entries()) {
    const next: number[] = [];
    for (let j = 0; j <= i; j += 1) {
      const other = j === i ? next : at(lower, j);
      const rest = at(row, j) - dot(next.slice(0, j), other.slice(0, j));
      if (j === i && !(rest > pivotMin * at(row, i))) return null;
      next.push(j === i ? Math.sqrt(rest) : rest / at(other, j));
    }
    lower.push(next);
  }
  return lower;
}

/** A pivot this small beside its diagonal is rounding, not information. */
const pivotMin = 1e-11;

/** x with L L' x = b. */
export function solveCholesky(lower: Matrix, b: readonly number[]): readonly number[] {
  const y: number[] = [];
  for (const [i, row] of lower.entries()) {
    y.push((at(b, i) - dot(row.slice(0, i), y)) / at(row, i));
  }
  const x = zeros(y.length);
  for (let i = y.length - 1; i >= 0; i -= 1) {
    let rest = at(y, i);
    for (let j = i + 1; j < y.length; j += 1) rest -= at(at(lower, j), i) * at(x, j);
    x[i] = rest / at(at(lower, i), i);
  }
  return x;
}

/** (L L')^-1. */
export function invertCholesky(lower: Matrix): Matrix {
  return lower.map((_, i) =>
    solveCholesky(
      lower,
      lower.map((__, j) => (i === j ? 1 : 0)),
    ),
  );
}

export function dot(a: readonly number[], b: readonly number[]): number {
  let total = 0;
  for (const [i, value] of a.entries()) total += value * (b[i] ?? 0);
  return total;
}
