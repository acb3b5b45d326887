import type { Instant } from './instant.ts';

/** A cron expression in the wall-clock time of an IANA time zone. */
export interface CronTime {
  readonly cron: string;
  readonly timeZone: string;
}

/**
 * What calendars say. Each time on the wall comes once: a time that daylight saving leaves out comes
 * as much later as the clock jumped (02:30 at 03:30), one that it repeats comes the first time only.
 */
export interface Calendar {
  /** Why this can never be meant: a sentence; null when all is well. */
  whyInvalid(time: CronTime): string | null;
  /** The next `count` (1..1000) times after `after`, in order; fewer when there are no more. */
  next(time: CronTime, after: Instant, count: number): Instant[];
  /** The day it is there, as `2026-12-24`. */
  dateOf(at: Instant, timeZone: string): string;
  /** When this day begins there and when the next one does. @param date `2026-12-24` */
  day(date: string, timeZone: string): { readonly startsAt: Instant; readonly endsAt: Instant };
}
