import { Cron } from 'croner';
import { assert } from '../kernel/assert.ts';
import type { Calendar, CronTime } from '../kernel/calendar.ts';
import { type Instant, toInstant } from '../kernel/instant.ts';

/** The calendar by croner and the time zones this Node knows. */
export const systemCalendar: Calendar = { whyInvalid, next, dateOf, day };

function whyInvalid(time: CronTime): string | null {
  try {
    new Intl.DateTimeFormat('en', { timeZone: time.timeZone });
  } catch {
    return `${time.timeZone} is no IANA time zone`;
  }
  try {
    const first = parse(time).nextRun();
    return first === null ? `${time.cron} never comes` : null;
  } catch (error) {
    return String(error instanceof Error ? error.message : error).replace(/^CronPattern: /, '');
  }
}

function next(time: CronTime, after: Instant, count: number): Instant[] {
  assert(count >= 1 && count <= 1_000, `not a number of times: ${count}`);
  const pattern = parse(time);
  const runs = pattern.nextRuns(count, new Date(leaveRepeatedHour(pattern, after)));
  return runs.map((run) => toInstant(run.getTime()));
}

const minuteMs = 60_000;
/** No clock was ever put back by more. */
const repeatedMinutesMax = 24 * 60;

/**
 * croner walks along the wall: within the second pass of an hour that comes twice it answers with
 * times of the first. From the first minute on that it does not, it may be asked.
 */
function leaveRepeatedHour(pattern: Cron, after: Instant): Instant {
  let from = after;
  for (let minute = 0; minute < repeatedMinutesMax; minute += 1) {
    const run = pattern.nextRun(new Date(from));
    if (run === null || run.getTime() > after) break;
    // The last second of the minute: what comes with the next minute is still ahead.
    from = toInstant(Math.floor(after / minuteMs + minute) * minuteMs + minuteMs - 1_000);
  }
  return from;
}

function dateOf(at: Instant, timeZone: string): string {
  const options = { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' } as const;
  // Swedes write dates as ISO 8601 does.
  return new Intl.DateTimeFormat('sv-SE', options).format(at);
}

function day(date: string, timeZone: string): { startsAt: Instant; endsAt: Instant } {
  const [year = 0, month = 0, dayOfMonth = 0] = date.split('-').map(Number);
  const midnight = (ordinal: number) => {
    const meant = new Date(Date.UTC(year, month - 1, ordinal));
    const [y, m, d] = [meant.getUTCFullYear(), meant.getUTCMonth() + 1, meant.getUTCDate()];
    const pattern = new Cron(`0 0 0 ${d} ${m} * ${y}`, { timezone: timeZone, paused: true });
    const start = pattern.nextRun(new Date(Date.UTC(year, month - 1, ordinal - 2)));
    assert(start !== null, `not a day: ${date}`);
    return toInstant(start.getTime());
  };
  return { startsAt: midnight(dayOfMonth), endsAt: midnight(dayOfMonth + 1) };
}

/** Five fields, or six with seconds first. */
function parse({ cron, timeZone }: CronTime): Cron {
  return new Cron(cron, { timezone: timeZone, paused: true, mode: '5-or-6-parts' });
}
