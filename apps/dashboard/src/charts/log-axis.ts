/** A logarithmic axis in per cent of its width, with a tick at each power of ten inside. */
export interface LogAxis {
  readonly ticks: readonly { readonly value: number; readonly at: number }[];
  /** Per cent from the left, clamped to the axis; 0 and below sit at the left end. */
  at(value: number): number;
  /** True when `value` lies outside, so that an arrow says so. */
  isBeyond(value: number): boolean;
}

/** More labels than this run into each other in a narrow column. */
const ticksMax = 3;

/** @param values at least one positive finite number makes a useful axis */
export function createLogAxis(values: readonly number[]): LogAxis {
  const positive = values.filter((value) => value > 0 && Number.isFinite(value));
  const low = positive.length === 0 ? -4 : Math.floor(Math.log10(Math.min(...positive)));
  const highest = positive.length === 0 ? -1 : Math.ceil(Math.log10(Math.max(...positive)));
  const high = Math.max(highest, low + 1);
  const at = (value: number): number => {
    if (value <= 0) return 0;
    if (!Number.isFinite(value)) return 100;
    return clamp((100 * (Math.log10(value) - low)) / (high - low));
  };
  const step = Math.ceil((high - low) / ticksMax);
  const ticks = [];
  for (let power = low; power <= high; power += step) {
    ticks.push({ value: 10 ** power, at: at(10 ** power) });
  }
  return {
    ticks,
    at,
    isBeyond: (value) => value <= 0 || !Number.isFinite(value),
  };
}

function clamp(per: number): number {
  return Math.min(100, Math.max(0, per));
}
