import { bugcheckSubjects } from '@gauntlet/shared/domain/bugcheck';
import { isBugcheck, isExposure, outcomes } from '@gauntlet/shared/domain/outcome';
import { type Instant, toInstant } from '@gauntlet/shared/kernel/instant';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bareStop } from '../testing/scripted-driver.ts';
import { classify, type Findings, type Life, type Motion } from './classify.ts';
import type { GuestEvent } from './ports.ts';

const at = fc.integer({ min: 0, max: 100_000 }).map((ms): Instant => toInstant(ms));
const host = fc.constantFrom('a', 'b', null);
const channel = fc.constantFrom('event-18590', 'event-18514', 'minidump');
const code = fc.option(fc.constantFrom(0xd1, 0x20001));

const event: fc.Arbitrary<GuestEvent> = fc.oneof(
  fc.record({
    kind: fc.constant('bugcheck' as const),
    subject: fc.constantFrom(...bugcheckSubjects),
    host,
    at,
    channel,
    stop: code.map((value) => ({ ...bareStop, code: value })),
  }),
  fc.record({
    kind: fc.constantFrom('reset' as const, 'heartbeat' as const, 'heartbeat-lost' as const),
    at,
    channel,
  }),
  fc.record({
    kind: fc.constant('fault' as const),
    at,
    probe: fc.constant('xchg'),
    detail: fc.constant('lost'),
  }),
  fc.record({ kind: fc.constant('rig' as const), at, detail: fc.constant('disk full') }),
);

const motion: fc.Arbitrary<Motion> = fc.oneof(
  fc.record({
    kind: fc.constant('not-begun' as const),
    outcome: fc.constantFrom('cancelled' as const, 'rig-fault' as const),
    reason: fc.constant('why'),
  }),
  fc.record({
    kind: fc.constant('completed' as const),
    switchedOverAt: fc.option(at),
    blackoutMs: fc.option(fc.nat({ max: 2_000 })),
  }),
  fc.constant({
    kind: 'failed' as const,
    failure: { class: 'busy' as const, code: null, message: 'busy' },
  }),
  fc.constant({ kind: 'unknown' as const, reason: 'lost' }),
);

const life: fc.Arbitrary<Life> = fc.oneof(
  fc.record({
    kind: fc.constant('probed' as const),
    result: fc.record({
      alive: fc.boolean(),
      faults: fc.array(fc.constant({ probe: 'page', detail: 'bad' }), { maxLength: 2 }),
    }),
  }),
  fc.constant({ kind: 'unasked' as const }),
  fc.constant({ kind: 'failed' as const, reason: 'no route' }),
);

const findings: fc.Arbitrary<Findings> = fc.record({
  motion,
  source: fc.constant('a'),
  target: fc.constant('b'),
  events: fc.array(event, { maxLength: 12 }),
  life,
  locatedOn: fc.constantFrom('a', 'b', 'c', null),
  brokenOff: fc.constantFrom('stopped', null),
});

const check = (property: (given: Findings) => void) =>
  fc.assert(fc.property(findings, property), { numRuns: 3_000 });

test('whatever was seen, there is exactly one outcome, and a reason unless it is clean', () => {
  check((given) => {
    const { outcome, reason } = classify(given);
    expect(outcomes).toContain(outcome);
    expect(reason === null).toBe(outcome === 'clean');
    expect(classify(given)).toEqual(classify(structuredClone(given)));
  });
});

test('only a guest whose move was begun is an exposure', () => {
  check((given) => {
    if (given.motion.kind === 'not-begun') expect(isExposure(classify(given).outcome)).toBe(false);
  });
});

test('clean is only a guest that was moved, lives, and of which nothing bad was seen', () => {
  check((given) => {
    if (classify(given).outcome !== 'clean') return;
    expect(given.motion.kind).toBe('completed');
    expect(given.life).toMatchObject({ kind: 'probed', result: { alive: true, faults: [] } });
    expect(given.brokenOff).toBeNull();
    expect([given.target, null]).toContain(given.locatedOn);
    const bad = given.events.filter(
      ({ kind }) => kind !== 'heartbeat' && kind !== 'heartbeat-lost',
    );
    expect(bad).toEqual([]);
  });
});

test('a bugcheck outcome has its record, and a bugcheck that was told of is never lost', () => {
  check((given) => {
    const { outcome, bugcheck } = classify(given);
    if (isBugcheck(outcome)) expect(`${bugcheck?.subject}-bugcheck`).toBe(outcome);
    const told = given.events.filter((seen) => seen.kind === 'bugcheck');
    if (told.length === 0) return;
    expect(bugcheck).not.toBeNull();
    if (given.motion.kind !== 'not-begun') expect(isBugcheck(outcome)).toBe(true);
    const channels = told
      .filter((seen) => seen.subject === bugcheck?.subject)
      .map((seen) => seen.channel);
    expect(bugcheck?.channels.some((name) => channels.includes(name))).toBe(true);
  });
});

test('the phase agrees with the time since switch-over', () => {
  check((given) => {
    const { bugcheck } = classify(given);
    if (bugcheck === null || bugcheck.msSinceSwitchover === null) return;
    expect(bugcheck.phase === 'settle').toBe(bugcheck.msSinceSwitchover >= 0);
  });
});
