import { type Instant, parseIso, toInstant, toIso } from '@gauntlet/shared/kernel/instant';
import { systemCalendar } from '@gauntlet/shared/platform/calendar';
import { expect, test } from 'vitest';
import {
  forecastWindows,
  leadMsOf,
  mayStartIn,
  recentAttemptsMax,
  type WindowPlan,
  whenOpenFor,
  windowAt,
} from './open-windows.ts';

const night = { cron: '0 20 * * *', timeZone: 'Europe/Berlin', durationMinutes: 600 };

function at(iso: string): Instant {
  return parseIso(iso) ?? toInstant(0);
}

function answerFor(plan: WindowPlan, moment: Instant) {
  return windowAt(forecastWindows(plan, moment, systemCalendar), moment);
}

function ask(iso: string, windows = [night], blackoutDates: string[] = []) {
  const answer = answerFor({ windows, blackoutDates }, at(iso));
  return { open: answer.open, until: answer.until === null ? null : toIso(answer.until) };
}

test('a window opens on the second and is closed from its last second on', () => {
  expect(ask('2026-11-24T18:59:59.999Z')).toEqual({
    open: false,
    until: '2026-11-24T19:00:00.000Z',
  });
  expect(ask('2026-11-24T19:00:00.000Z')).toEqual({
    open: true,
    until: '2026-11-25T05:00:00.000Z',
  });
  expect(ask('2026-11-25T04:59:59.999Z').open).toBe(true);
  expect(ask('2026-11-25T05:00:00.000Z')).toEqual({
    open: false,
    until: '2026-11-25T19:00:00.000Z',
  });
});

test('a window lasts as long as it says, in the nights with 23 and with 25 hours too', () => {
  // From 20:00 for ten hours: until seven in spring, until five in autumn.
  expect(ask('2026-03-28T22:00:00Z').until).toBe('2026-03-29T05:00:00.000Z');
  expect(ask('2026-10-24T22:00:00Z').until).toBe('2026-10-25T04:00:00.000Z');
  const york = { ...night, timeZone: 'America/New_York' };
  expect(ask('2026-03-08T03:00:00Z', [york]).until).toBe('2026-03-08T11:00:00.000Z');
  expect(ask('2026-11-01T03:00:00Z', [york]).until).toBe('2026-11-01T10:00:00.000Z');
});

test('windows that touch or overlap are one', () => {
  const morning = { cron: '0 6 * * *', timeZone: 'Europe/Berlin', durationMinutes: 60 };
  expect(ask('2026-11-25T01:00:00Z', [night, morning]).until).toBe('2026-11-25T06:00:00.000Z');
  expect(ask('2026-11-25T05:00:00Z', [night, morning]).open).toBe(true);
});

test('a blackout day is cut out at its midnights', () => {
  const christmas = ['2026-12-24'];
  // The night before ends at midnight, the night of the day itself begins at the next one.
  expect(ask('2026-12-23T21:00:00Z', [night], christmas)).toEqual({
    open: true,
    until: '2026-12-23T23:00:00.000Z',
  });
  expect(ask('2026-12-24T02:00:00Z', [night], christmas)).toEqual({
    open: false,
    until: '2026-12-24T23:00:00.000Z',
  });
  expect(ask('2026-12-24T20:00:00Z', [night], christmas).open).toBe(false);
});

test('a plan whose openings are all blacked out never opens in sight', () => {
  const yearly = { cron: '0 20 24 12 *', timeZone: 'Europe/Berlin', durationMinutes: 60 };
  const days = Array.from({ length: 70 }, (_, index) => `${2026 + index}-12-24`);
  expect(ask('2026-11-24T12:00:00Z', [yearly], days)).toEqual({ open: false, until: null });
});

test('nothing starts that would end outside', () => {
  const plan = { windows: [night], blackoutDates: [] };
  const inside = answerFor(plan, at('2026-11-25T04:00:00Z'));
  const leadMs = 30 * 60_000;
  expect(mayStartIn(inside, at('2026-11-25T04:29:59Z'), leadMs).mayStart).toBe(true);
  const late = mayStartIn(inside, at('2026-11-25T04:30:00Z'), leadMs);
  expect(late.mayStart).toBe(false);
  expect(late.until === null ? null : toIso(late.until)).toBe('2026-11-25T19:00:00.000Z');
});

test('half a window is used, however long an attempt may take', () => {
  const short = { cron: '0 20 * * *', timeZone: 'UTC', durationMinutes: 10 };
  const plan = { windows: [short], blackoutDates: [] };
  const answer = answerFor(plan, at('2026-11-24T20:00:00Z'));
  expect(mayStartIn(answer, at('2026-11-24T20:04:59Z'), 600_000).mayStart).toBe(true);
  expect(mayStartIn(answer, at('2026-11-24T20:05:00Z'), 600_000).mayStart).toBe(false);
});

test('the lead is what the last attempts took and a margin, not the one that hung', () => {
  const minutes = (count: number) => count * 60_000;
  const allowedMs = minutes(60);
  expect(leadMsOf([], allowedMs)).toBe(allowedMs);
  // The few first ones all count: which of them is the exception nobody can say yet.
  expect(leadMsOf([minutes(2), minutes(50)], allowedMs)).toBe(allowedMs);
  const usual = Array.from({ length: recentAttemptsMax - 10 }, () => minutes(2));
  const hung = Array.from({ length: 10 }, () => minutes(60));
  expect(leadMsOf([...usual, ...hung], allowedMs)).toBe(minutes(2) * 1.25 + 1_000);
  // Eleven of two hundred are how it is.
  expect(leadMsOf([...usual.slice(1), ...hung, minutes(20)], allowedMs)).toBe(
    minutes(20) * 1.25 + 1_000,
  );
});

test('time inside windows is counted over nights, and beyond the known ones by their share', () => {
  const forecast = (moment: Instant, windows = [night]) =>
    forecastWindows({ windows, blackoutDates: ['2026-12-24'] }, moment, systemCalendar);
  const noon = at('2026-11-24T11:00:00Z');
  const hours = (count: number) => count * 3_600_000;
  const when = (openMs: number) => {
    const end = whenOpenFor(forecast(noon), noon, openMs);
    return end === null ? null : toIso(end);
  };
  expect(when(hours(1))).toBe('2026-11-24T20:00:00.000Z');
  expect(when(hours(10))).toBe('2026-11-25T05:00:00.000Z');
  expect(when(hours(25))).toBe('2026-11-27T00:00:00.000Z');
  // A thousand hours are a hundred nights: about a hundred days, two of them in part black.
  const far = whenOpenFor(forecast(noon), noon, hours(1_000)) ?? noon;
  expect((far - noon) / hours(24)).toBeGreaterThan(99);
  expect((far - noon) / hours(24)).toBeLessThan(104);
  // From within a night only what is left of it counts.
  const late = at('2026-11-25T04:00:00Z');
  expect(whenOpenFor(forecast(late), late, hours(2))).toBe(at('2026-11-25T20:00:00Z'));
  const once = { cron: '0 0 20 24 11 * 2026', timeZone: 'UTC', durationMinutes: 60 };
  expect(systemCalendar.whyInvalid(once)).not.toBeNull();
});
