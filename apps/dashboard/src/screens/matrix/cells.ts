import type { FactorName, FactorsView } from '@gauntlet/shared/contracts/analysis';

export interface Cell {
  readonly row: string;
  readonly column: string;
  readonly vms: readonly string[];
  readonly exposures: number;
  readonly bugchecks: number;
  /** Bugchecks per exposure; null without one. */
  readonly rate: number | null;
  /** True when even the overall rate would be expected to show fewer than three bugchecks here. */
  readonly tooFew: boolean;
}

export interface Matrix {
  readonly rows: readonly string[];
  readonly columns: readonly string[];
  cell(row: string, column: string): Cell | undefined;
  /** The highest rate of a cell with enough exposures, or 0. */
  readonly rateMax: number;
}

/** Below this many expected bugchecks a cell's rate says next to nothing. */
const expectedMin = 3;

/** Sums the configurations (one a VM) over two factors. */
export function toMatrix(factors: FactorsView, row: FactorName, column: FactorName): Matrix {
  const overall = factors.exposures === 0 ? 0 : factors.bugchecks / factors.exposures;
  const sums = new Map<string, { cell: Omit<Cell, 'rate' | 'tooFew'>; vms: string[] }>();
  for (const { vm, levels, exposures, bugchecks } of factors.configurations) {
    const at = { row: levels[row] ?? 'unknown', column: levels[column] ?? 'unknown' };
    const key = keyOf(at.row, at.column);
    const old = sums.get(key);
    const vms = [...(old?.vms ?? []), vm];
    const cell = {
      ...at,
      vms,
      exposures: exposures + (old?.cell.exposures ?? 0),
      bugchecks: bugchecks + (old?.cell.bugchecks ?? 0),
    };
    sums.set(key, { cell, vms });
  }
  const cells = new Map(
    [...sums].map(([key, { cell }]): [string, Cell] => [key, judge(cell, overall)]),
  );
  const all = [...cells.values()];
  return {
    rows: distinct(all.map((cell) => cell.row)),
    columns: distinct(all.map((cell) => cell.column)),
    cell: (r, c) => cells.get(keyOf(r, c)),
    rateMax: Math.max(0, ...all.filter((cell) => !cell.tooFew).map((cell) => cell.rate ?? 0)),
  };
}

function judge(cell: Omit<Cell, 'rate' | 'tooFew'>, overall: number): Cell {
  const rate = cell.exposures === 0 ? null : cell.bugchecks / cell.exposures;
  const tooFew = cell.bugchecks < expectedMin && cell.exposures * overall < expectedMin;
  return { ...cell, rate, tooFew };
}

function keyOf(row: string, column: string): string {
  return JSON.stringify([row, column]);
}

function distinct(texts: readonly string[]): string[] {
  const sorted = [...new Set(texts)];
  return sorted.sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}
