import { type Instant, parseIso, toInstant, toIso } from '@gauntlet/shared/kernel/instant';
import { systemCalendar } from '@gauntlet/shared/platform/calendar';
import { expect, test } from 'vitest';
import { mayStartIn, openWindows } from './open-windows.ts';

const night = { cron: '0 20 * * *', timeZone: 'Europe/Berlin', durationMinutes: 600 };

function at(iso: string): Instant {
  return parseIso(iso) ?? toInstant(0);
}

function ask(iso: string, windows = [night], blackoutDates: string[] = []) {
  const answer = openWindows({ windows, blackoutDates }, at(iso), systemCalendar);
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

test('nothing starts that would end outside: by the longest attempt so far', () => {
  const inside = openWindows(
    { windows: [night], blackoutDates: [] },
    at('2026-11-25T04:00:00Z'),
    systemCalendar,
  );
  const measured = { longestMs: 30 * 60_000, timeoutMs: 600_000 };
  expect(mayStartIn(inside, at('2026-11-25T04:29:59Z'), measured).mayStart).toBe(true);
  const late = mayStartIn(inside, at('2026-11-25T04:30:00Z'), measured);
  expect(late.mayStart).toBe(false);
  expect(late.until === null ? null : toIso(late.until)).toBe('2026-11-25T19:00:00.000Z');
});

test('before anything was measured an attempt may take its time-out, but half a window is used', () => {
  const short = { cron: '0 20 * * *', timeZone: 'UTC', durationMinutes: 10 };
  const plan = { windows: [short], blackoutDates: [] };
  const unknown = { longestMs: 0, timeoutMs: 600_000 };
  const answer = openWindows(plan, at('2026-11-24T20:00:00Z'), systemCalendar);
  expect(mayStartIn(answer, at('2026-11-24T20:04:59Z'), unknown).mayStart).toBe(true);
  expect(mayStartIn(answer, at('2026-11-24T20:05:00Z'), unknown).mayStart).toBe(false);
});
