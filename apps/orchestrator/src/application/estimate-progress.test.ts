import { addMs, type Instant, toInstant } from '@gauntlet/shared/kernel/instant';
import { expect, test } from 'vitest';
import { estimatePace } from './estimate-progress.ts';
import { evaluateStopRules } from './evaluate-stop-rules.ts';
import { fillDefaults } from './fill-defaults.ts';
import type { CampaignRecord } from './records.ts';
import { timeIn } from './running-time.ts';

const hourMs = 3_600_000;
const start = toInstant(Date.UTC(2026, 10, 24, 20));

function after(hours: number): Instant {
  return addMs(start, hours * hourMs);
}

function aRecord(change: Partial<CampaignRecord> = {}): CampaignRecord {
  const clusterId = '01920000-0000-7000-8000-000000000000';
  const stop = { attemptsMax: 1_000, durationMsMax: 24 * hourMs };
  return {
    id: clusterId,
    name: 'c',
    clusterId,
    state: 'running',
    blockedBecause: null,
    createdAt: start,
    startedAt: start,
    endedAt: null,
    endReason: null,
    config: fillDefaults({ name: 'c', clusterId, stop }),
    plan: { arms: [], hosts: [] },
    cursor: { next: 200, ahead: [], planned: 200, skipped: 0 },
    failedInARow: 0,
    lastBugcheckId: null,
    safety: {},
    recentAttemptMs: [],
    runningMs: 0,
    runningSince: start,
    endsAt: null,
    scheduleId: null,
    ...change,
  };
}

const tallies = [{ arm: 0, outcome: 'clean' as const, counted: true, attempts: 200 }];

function paceOf(campaign: CampaignRecord, at: Instant) {
  const whenRanFor = (ms: number) => addMs(at, ms);
  return estimatePace(campaign, tallies, { at, bugchecksOfLargestBucket: 0, whenRanFor });
}

function reasonOf(campaign: CampaignRecord, at: Instant) {
  const nobody = { inFlight: 1, bugchecksOfLargestBucket: null, verdict: null };
  return evaluateStopRules({ campaign, at, ...nobody });
}

test('a rate is per hour in which it ran, whatever it waited in between', () => {
  const ran = aRecord();
  expect(paceOf(ran, after(2)).perHour).toBe(100);
  const paused = { ...ran, ...timeIn(ran, 'paused', after(2)), state: 'paused' as const };
  expect(paceOf(paused, after(14))).toMatchObject({ perHour: 100, etaAt: null });
  const resumed = { ...paused, ...timeIn(paused, 'running', after(14)), state: 'running' as const };
  expect(paceOf(resumed, after(16)).perHour).toBe(50);
  // 800 attempts at 50 an hour.
  expect(paceOf(resumed, after(16)).etaAt).toBe(after(32));
});

test('the end comes when the first rule holds, or the schedule ends it', () => {
  const slow = aRecord();
  expect(paceOf(slow, after(20)).etaAt).toBe(after(24)); // durationMsMax, before the attempts
  expect(paceOf(aRecord({ endsAt: after(22) }), after(20)).etaAt).toBe(after(22));
  const waiting = aRecord({ state: 'waiting-for-window', runningSince: null, runningMs: hourMs });
  expect(paceOf(waiting, after(20)).etaAt).toBe(after(24)); // 800 at 200 an hour
});

test('durationMsMax is of running, and a schedule ends its campaign by the wall', () => {
  const night = aRecord({ runningMs: 10 * hourMs, runningSince: after(24) });
  expect(reasonOf(night, after(37.9))).toBeNull();
  expect(reasonOf(night, after(38))).toMatch(/^durationMsMax: /);
  expect(reasonOf(aRecord({ endsAt: after(10) }), after(9.9))).toBeNull();
  expect(reasonOf(aRecord({ endsAt: after(10) }), after(10))).toBe(
    "its schedule's durationMinutes are over since 2026-11-25T06:00:00.000Z",
  );
});
