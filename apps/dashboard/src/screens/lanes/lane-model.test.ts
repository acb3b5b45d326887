import type { LaneAttempt, LanesView } from '@gauntlet/shared/contracts/lanes';
import { describe, expect, test } from 'vitest';
import { toLanes } from './lane-model.ts';

const takenAt = '2026-11-24T02:02:00.000Z';

function attempt(change: Partial<LaneAttempt>): LaneAttempt {
  return {
    attemptId: crypto.randomUUID(),
    campaignId: 'c',
    ordinal: 1,
    arm: 'baseline',
    vm: 'sql-1',
    source: 'a',
    target: 'b',
    state: 'running',
    phase: 'copy',
    outcome: null,
    queuedAt: null,
    startedAt: '2026-11-24T02:01:00.000Z',
    settledAt: null,
    copyMs: null,
    blackoutMs: null,
    settleMs: null,
    ...change,
  };
}

function view(change: Partial<LanesView>): LanesView {
  const host = { state: 'up' as const, migrationsMax: null, vms: 1 };
  return {
    takenAt,
    stoppedAt: null,
    hosts: [
      { ...host, name: 'a' },
      { ...host, name: 'b' },
    ],
    caps: null,
    inFlight: [],
    recent: [],
    marks: [],
    ...change,
  };
}

describe('lanes', () => {
  test('a move stands in the lane it leaves and in the one it reaches', () => {
    const [a, b] = toLanes(view({ inFlight: [attempt({})] }), 120_000);
    expect(a?.bars.map((bar) => [bar.direction, bar.from, bar.to])).toEqual([['out', 50, 100]]);
    expect(b?.bars.map((bar) => bar.direction)).toEqual(['in']);
    expect([a?.outbound, a?.inbound, b?.inbound]).toEqual([1, 0, 1]);
  });

  test('moves at the same time lie in different rows, later ones reuse a free row', () => {
    const early = {
      startedAt: '2026-11-24T02:00:30.000Z',
      settledAt: '2026-11-24T02:00:50.000Z',
      outcome: 'clean' as const,
      state: 'settled' as const,
    };
    const [a] = toLanes(
      view({ recent: [attempt(early), attempt(early)], inFlight: [attempt({})] }),
      120_000,
    );
    expect(a?.bars.map((bar) => bar.row)).toEqual([0, 1, 0]);
    expect(a?.rows).toBe(2);
  });

  test('what ended before the span is left out, what waits is not drawn', () => {
    const old = { startedAt: '2026-11-24T01:00:00.000Z', settledAt: '2026-11-24T01:01:00.000Z' };
    const [a] = toLanes(
      view({ recent: [attempt(old)], inFlight: [attempt({ startedAt: null })] }),
      120_000,
    );
    expect(a?.bars).toEqual([]);
  });

  test('the phases of a bar fill it', () => {
    const timed = {
      settledAt: '2026-11-24T02:01:10.000Z',
      copyMs: 4000,
      blackoutMs: 1000,
      settleMs: 5000,
    };
    const [a] = toLanes(view({ recent: [attempt(timed)] }), 120_000);
    expect(a?.bars[0]?.parts.map((part) => part.share)).toEqual([0.4, 0.1, 0.5]);
  });
});
