import { type Instant, parseIso, toInstant, toIso } from '@gauntlet/shared/kernel/instant';
import { systemCalendar } from '@gauntlet/shared/platform/calendar';
import { expect, test } from 'vitest';
import { createEngineState } from './engine-state.ts';
import { fillDefaults } from './fill-defaults.ts';
import { permissionAt } from './keep-windows.ts';
import type { CampaignRecord } from './records.ts';

const clusterId = '01920000-0000-7000-8000-000000000000';
const minuteMs = 60_000;

function at(iso: string): Instant {
  return parseIso(iso) ?? toInstant(0);
}

/** Windows in UTC; its attempts took so many minutes lately. */
function aCampaign(cron: string, durationMinutes: number, recent: readonly number[]) {
  const config = fillDefaults({
    name: 'c',
    clusterId,
    settleMs: 0,
    attemptTimeoutMs: 60 * minuteMs,
    stop: { attemptsMax: 1 },
    windows: [{ cron, timeZone: 'UTC', durationMinutes }],
  });
  const recentAttemptMs = recent.map((minutes) => minutes * minuteMs);
  return { id: clusterId, config, recentAttemptMs } as unknown as CampaignRecord;
}

test('a night that was ended is not opened again when attempts become shorter', () => {
  const parts = { calendar: systemCalendar, state: createEngineState() };
  const slow = aCampaign('0 20 * * *', 600, [40]);
  const quick = aCampaign('0 20 * * *', 600, [2]);
  const ask = (campaign: CampaignRecord, iso: string) => {
    const { mayStart, until } = permissionAt(parts, campaign, at(iso));
    return { mayStart, until: until === null ? null : toIso(until) };
  };
  expect(ask(slow, '2026-11-25T05:00:00Z').mayStart).toBe(true);
  const closed = { mayStart: false, until: '2026-11-25T20:00:00.000Z' };
  expect(ask(slow, '2026-11-25T05:15:00Z')).toEqual(closed);
  expect(ask(quick, '2026-11-25T05:20:00Z')).toEqual(closed);
  expect(ask(quick, '2026-11-25T20:00:00Z').mayStart).toBe(true);
  // The next morning the shorter lead holds.
  expect(ask(quick, '2026-11-26T05:50:00Z').mayStart).toBe(true);
  expect(ask(quick, '2026-11-26T05:59:00Z').mayStart).toBe(false);
});

test('windows are asked for again before those that are known run out', () => {
  const parts = { calendar: systemCalendar, state: createEngineState() };
  const hourly = aCampaign('0 * * * *', 30, [1]);
  const start = at('2026-11-25T00:10:00Z');
  for (let hour = 0; hour < 24 * 14; hour += 1) {
    const inside = toInstant(start + hour * 60 * minuteMs);
    expect(permissionAt(parts, hourly, inside).mayStart, toIso(inside)).toBe(true);
    const outside = toInstant(inside + 30 * minuteMs);
    expect(permissionAt(parts, hourly, outside).mayStart, toIso(outside)).toBe(false);
  }
});
