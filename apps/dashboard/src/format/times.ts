import { parseIso } from '@gauntlet/shared/kernel/instant';
import { none } from './numbers.ts';

const dayAndTime = new Intl.DateTimeFormat('en-GB', {
  day: '2-digit',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const timeOnly = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
});
const dayHour = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  hour: '2-digit',
  minute: '2-digit',
});

const dayAndMonth = new Intl.DateTimeFormat('en-GB', {
  day: '2-digit',
  month: 'short',
  year: 'numeric',
});

/** `24 Nov, 02:13:07` in the reader's time zone. */
export function formatDayTime(iso: string | null): string {
  return format(dayAndTime, iso);
}

export function formatTime(iso: string | null): string {
  return format(timeOnly, iso);
}

/** `Tue 02:13`: for times that lie ahead. More than six days ahead the date is said too. */
export function formatEta(iso: string | null, now: number): string {
  const at = iso === null ? undefined : parseIso(iso);
  if (at === undefined) return none;
  return (at - now > 6 * day ? dayAndMonth : dayHour).format(at);
}

/** The reader's own, by its IANA name. */
export function localZone(): string {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** `Sun 25 Oct, 02:30 GMT+1` as the clocks of that zone show it. @throws RangeError for an unknown zone */
export function formatInZone(iso: string, timeZone: string): string {
  const style = new Intl.DateTimeFormat('en-GB', { ...dayInZone, timeZone });
  return `${format(style, iso)} ${offsetAt(iso, timeZone)}`;
}

const dayInZone = {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
} as const;

/** `GMT+2`: tells the two 02:30 of the long night apart. */
function offsetAt(iso: string, timeZone: string): string {
  const at = parseIso(iso);
  const style = new Intl.DateTimeFormat('en-GB', { timeZone, timeZoneName: 'shortOffset' });
  const parts = at === undefined ? [] : style.formatToParts(at);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? '';
}

function format(style: Intl.DateTimeFormat, iso: string | null): string {
  const at = iso === null ? undefined : parseIso(iso);
  return at === undefined ? none : style.format(at);
}

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** `820 ms`, `4.2 s`, `3 min 20 s`, `5 h 10 min`, `2 d 4 h`. */
export function formatDuration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return none;
  if (ms < second) return `${Math.round(ms)} ms`;
  if (ms < 10 * second) return `${(ms / second).toFixed(1)} s`;
  if (ms < minute) return `${Math.floor(ms / second)} s`;
  if (ms < hour) return two(ms, [minute, 'min'], [second, 's']);
  if (ms < day) return two(ms, [hour, 'h'], [minute, 'min']);
  return two(ms, [day, 'd'], [hour, 'h']);
}

function two(ms: number, large: readonly [number, string], small: readonly [number, string]) {
  const rest = Math.floor((ms % large[0]) / small[0]);
  const head = `${Math.floor(ms / large[0])} ${large[1]}`;
  return rest === 0 ? head : `${head} ${rest} ${small[1]}`;
}

/** How long ago, or ahead, one clear unit: `just now`, `14 s ago`, `in 3 h`. */
export function formatAgo(ms: number): string {
  const size = Math.abs(ms);
  if (size < 2 * second) return 'just now';
  const text = coarse(size);
  return ms >= 0 ? `${text} ago` : `in ${text}`;
}

function coarse(ms: number): string {
  if (ms < 2 * minute) return `${Math.floor(ms / second)} s`;
  if (ms < 2 * hour) return `${Math.floor(ms / minute)} min`;
  if (ms < 2 * day) return `${Math.floor(ms / hour)} h`;
  return `${Math.floor(ms / day)} d`;
}
