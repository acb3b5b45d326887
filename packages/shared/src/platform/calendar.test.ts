import { expect, test } from 'vitest';
import { parseIso, toInstant, toIso } from '../kernel/instant.ts';
import { systemCalendar } from './calendar.ts';

function at(iso: string) {
  return parseIso(iso) ?? toInstant(0);
}

function next(cron: string, timeZone: string, after: string, count = 3): string[] {
  return systemCalendar.next({ cron, timeZone }, at(after), count).map(toIso);
}

test('half past two in the night without it comes at half past three, once', () => {
  expect(next('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00:00Z')).toEqual([
    '2026-03-29T01:30:00.000Z',
    '2026-03-30T00:30:00.000Z',
    '2026-03-31T00:30:00.000Z',
  ]);
  expect(next('30 2 * * *', 'America/New_York', '2026-03-07T12:00:00Z', 2)).toEqual([
    '2026-03-08T07:30:00.000Z',
    '2026-03-09T06:30:00.000Z',
  ]);
});

test('half past two in the night that has it twice comes the first time only', () => {
  const first = ['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'];
  expect(next('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00:00Z', 2)).toEqual(first);
  expect(next('30 1 * * *', 'America/New_York', '2026-10-31T12:00:00Z', 2)).toEqual([
    '2026-11-01T05:30:00.000Z',
    '2026-11-02T06:30:00.000Z',
  ]);
});

test('asked within the repeated hour, nothing comes that is over', () => {
  for (const minute of ['00', '15', '30', '45']) {
    const after = `2026-10-25T01:${minute}:00Z`; // the second 02:xx in Berlin
    expect(next('30 2 * * *', 'Europe/Berlin', after, 1)).toEqual(['2026-10-26T01:30:00.000Z']);
    for (const one of next('* * * * *', 'Europe/Berlin', after, 5))
      expect(at(one)).toBeGreaterThan(at(after));
    expect(next('* * * * * *', 'Europe/Berlin', after, 5)).toHaveLength(5);
  }
});

test('nights of 23 and of 25 hours begin at 20:00 on the wall', () => {
  const evenings = next('0 20 * * *', 'Europe/Berlin', '2026-03-27T20:00:00Z', 3);
  expect(gapHours(evenings)).toEqual([23, 24]);
  const autumn = next('0 20 * * *', 'Europe/Berlin', '2026-10-23T20:00:00Z', 3);
  expect(gapHours(autumn)).toEqual([25, 24]);
  const york = next('0 20 * * *', 'America/New_York', '2026-10-31T12:00:00Z', 3);
  expect(gapHours(york)).toEqual([25, 24]);
});

function gapHours(times: readonly string[]): number[] {
  return times.slice(1).map((time, index) => (at(time) - at(times[index] ?? '')) / 3_600_000);
}

test('a day begins at its midnight there, also where midnight does not exist', () => {
  expect(toIso(systemCalendar.day('2026-12-24', 'Europe/Berlin').startsAt)).toBe(
    '2026-12-23T23:00:00.000Z',
  );
  expect(toIso(systemCalendar.day('2026-03-29', 'Europe/Berlin').startsAt)).toBe(
    '2026-03-28T23:00:00.000Z',
  );
  // In Cairo the clock jumps from midnight to one.
  expect(toIso(systemCalendar.day('2026-04-24', 'Africa/Cairo').startsAt)).toBe(
    '2026-04-23T22:00:00.000Z',
  );
});

test('a day is as long as it is there', () => {
  const hours = (date: string) => {
    const { startsAt, endsAt } = systemCalendar.day(date, 'Europe/Berlin');
    return (endsAt - startsAt) / 3_600_000;
  };
  expect(['2026-03-29', '2026-10-25', '2026-12-31'].map(hours)).toEqual([23, 25, 24]);
  expect(systemCalendar.dateOf(at('2026-12-24T23:30:00Z'), 'Europe/Berlin')).toBe('2026-12-25');
});

test('what can never be meant is refused with a reason', () => {
  const why = (cron: string, timeZone = 'UTC') => systemCalendar.whyInvalid({ cron, timeZone });
  expect(why('0 20 * * *', 'Europe/Berlin')).toBeNull();
  expect(why('0 20 * * 1-5')).toBeNull();
  expect(why('61 * * * *')).toMatch(/minute/);
  expect(why('0 0 30 2 *')).toMatch(/never comes/);
  expect(why('0 0 * * *', 'Mars/Phobos')).toMatch(/no IANA time zone/);
  expect(why('often')).not.toBeNull();
});
