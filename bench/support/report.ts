import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';

/** One measured thing: printed in a table for people and as a line of JSON for programs. */
export interface Figure {
  readonly bench: string;
  readonly case: string;
  readonly value: number;
  readonly unit: string;
  /** What the project promises; absent where it only reports. */
  readonly target?: { readonly atLeast: number } | { readonly atMost: number };
  /** What the value was made of. */
  readonly parts?: Readonly<Record<string, number | readonly number[]>>;
}

export interface Report {
  add(figure: Figure): void;
  /** The table; the JSON lines were printed as they came. */
  end(): void;
}

export function createReport(): Report {
  const figures: Figure[] = [];
  return {
    add(figure) {
      figures.push(figure);
      process.stdout.write(`${JSON.stringify({ ...figure, load: currentLoad() })}\n`);
    },
    end() {
      const processor = cpus()[0]?.model ?? 'unknown processor';
      const memoryGiB = (totalmem() / 2 ** 30).toFixed(0);
      process.stdout.write(
        `\n${availableParallelism()} cores of ${processor}, ${memoryGiB} GiB, Node ${process.version}, load ${currentLoad()}\n`,
      );
      for (const row of figures) process.stdout.write(`${toRow(row)}\n`);
    },
  };
}

/** Programs that wanted a core in the last minute: on a busy machine only ratios mean anything. */
export function currentLoad(): number {
  return Math.round((loadavg()[0] ?? 0) * 10) / 10;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** The smallest value that at least `share` of all values do not exceed. @param share 0 to 1 */
export function quantile(values: readonly number[], share: number): number {
  const rank = Math.max(1, Math.ceil(values.length * share));
  return values.toSorted((a, b) => a - b)[rank - 1] ?? Number.NaN;
}

function toRow({ bench, case: name, value, unit, target }: Figure): string {
  const shown = value >= 100 ? value.toFixed(0) : value.toFixed(2);
  const what = `${bench} ${name}`.padEnd(58);
  return `${what} ${shown.padStart(9)} ${unit.padEnd(12)} ${toVerdict(value, target)}`;
}

function toVerdict(value: number, target: Figure['target']): string {
  if (target === undefined) return '';
  const [word, limit, holds] =
    'atLeast' in target
      ? ['at least', target.atLeast, value >= target.atLeast]
      : ['at most', target.atMost, value <= target.atMost];
  return `${holds ? 'ok' : 'MISSED'} (${word} ${limit})`;
}
