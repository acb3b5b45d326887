import { type Instant, parseIso } from '@gauntlet/shared/kernel/instant';

/** How the page writes its numbers and times; made once a page. */
export interface Words {
  readonly timeZone: string;
  /** `24 Nov 2026, 02:13`; an em dash for null. */
  time(iso: string | null): string;
  /** `02:13`, or `24 Nov` for bins of a day and more. */
  tick(at: Instant, binMs: number): string;
}

/** @throws RangeError when there is no such time zone */
export function createWords(timeZone: string): Words {
  const whole = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
  });
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit' });
  const day = new Intl.DateTimeFormat('en-GB', { timeZone, day: 'numeric', month: 'short' });
  return {
    timeZone,
    time(iso) {
      const at = iso === null ? undefined : parseIso(iso);
      return at === undefined ? '—' : whole.format(at);
    },
    tick: (at, binMs) => (binMs >= 86_400_000 ? day : clock).format(at),
  };
}

export function count(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: 0 });
}

/** A rate as people say it: `1 in 2,671`. */
export function oneIn(rate: number | null): string {
  if (rate === null) return '—';
  if (rate <= 0) return '0';
  if (rate >= 0.5) return percent(rate);
  return `1 in ${count(Math.round(1 / rate))}`;
}

/** The two ends of an interval of rates, the rarer first. */
export function rateRange({ lower, upper }: { lower: number; upper: number }): string {
  if (lower <= 0) return `at most ${oneIn(upper)}`;
  return `${oneIn(lower)} to ${oneIn(upper)}`;
}

export function percent(share: number): string {
  const digits = share > 0 && share < 0.01 ? 2 : 1;
  return `${(share * 100).toFixed(digits)} %`;
}

const units = [
  { ms: 86_400_000, name: 'd' },
  { ms: 3_600_000, name: 'h' },
  { ms: 60_000, name: 'min' },
  { ms: 1_000, name: 's' },
] as const;

/** `9 h 47 min`: the two largest units that matter. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const first = units.findIndex((unit) => ms >= unit.ms);
  const [big, small] = [units[first], units[first + 1]];
  if (big === undefined) return `${Math.round(ms)} ms`;
  const whole = Math.floor(ms / big.ms);
  const rest = small === undefined ? 0 : Math.floor((ms - whole * big.ms) / small.ms);
  return rest === 0 || small === undefined
    ? `${whole} ${big.name}`
    : `${whole} ${big.name} ${rest} ${small.name}`;
}

export function milliseconds(ms: number | null): string {
  if (ms === null) return '—';
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${count(ms)} ms`;
}
