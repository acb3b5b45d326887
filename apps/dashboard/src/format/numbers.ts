const counts = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const figures = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

export const none = '–';

export function formatCount(value: number | null | undefined): string {
  return value === null || value === undefined ? none : counts.format(value);
}

const short = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 });

/** `100K`: for the labels of an axis. */
export function formatShort(value: number): string {
  return short.format(value);
}

/** Three significant digits. */
export function formatFigure(value: number | null | undefined): string {
  if (value === null || value === undefined) return none;
  if (!Number.isFinite(value)) return value > 0 ? '∞' : none;
  return Math.abs(value) >= 1000 ? counts.format(value) : figures.format(value);
}

/** A rate as people say it: `1 in 4,000`; a rate of 0 is `none seen`. */
export function formatRate(rate: number | null | undefined): string {
  if (rate === null || rate === undefined) return none;
  if (rate <= 0) return 'none seen';
  return oneIn(rate);
}

/** `1 in 12,000 to 1 in 2,671`, or `below 1 in 2,671` when nothing bounds the rate from below. */
export function formatRateInterval(interval: { lower: number; upper: number }): string {
  if (interval.lower <= 0) return `below ${oneIn(interval.upper)}`;
  return `${oneIn(interval.lower)} to ${oneIn(interval.upper)}`;
}

function oneIn(rate: number): string {
  if (rate >= 1) return '1 in 1';
  const every = 1 / rate;
  return `1 in ${every < 10 ? figures.format(every) : counts.format(every)}`;
}

/** A share of 0..1 as `12.5 %`. */
export function formatShare(share: number | null): string {
  return share === null ? none : `${figures.format(100 * share)} %`;
}

export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${figures.format(value)} ${units[unit]}`;
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
