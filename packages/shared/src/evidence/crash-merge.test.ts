import { expect, test } from 'vitest';
import type { StopError } from '../domain/bugcheck.ts';
import { toInstant } from '../kernel/instant.ts';
import { type AttemptWindow, attributeCrash, type CrashInTime } from './attribution.ts';
import { type CrashSighting, mergeSightings } from './crash-merge.ts';

const stop: StopError = {
  code: 0xd1,
  parameters: [],
  module: null,
  function: null,
  offset: null,
  reason: null,
};
const tenMinutes = 600_000;

test('every channel of one crash makes one bugcheck with all of them listed', () => {
  const crashes = mergeSightings(
    [
      sighting({ channel: 'event-41', at: 90, timeIs: 'next-boot' }),
      sighting({ channel: 'event-18590', at: 5, host: 'hv2' }),
      sighting({ channel: 'event-1001', at: 95, timeIs: 'next-boot' }),
      sighting({
        channel: 'debugger-text',
        at: 5,
        stop: { ...stop, module: 'storvsc', function: 'StorChannelVmbusCallback' },
      }),
    ],
    tenMinutes,
  );
  expect(crashes).toHaveLength(1);
  expect(crashes[0]).toMatchObject({
    stop: { code: 0xd1, module: 'storvsc', function: 'StorChannelVmbusCallback' },
    host: 'hv2',
    from: seconds(5),
    until: seconds(5),
    channels: ['debugger-text', 'event-18590', 'event-1001', 'event-41'],
  });
});

test('another code is another crash, never a detail', () => {
  const crashes = mergeSightings(
    [
      sighting({ channel: 'event-18590', at: 5 }),
      sighting({
        channel: 'event-1001',
        at: 95,
        timeIs: 'next-boot',
        stop: { ...stop, code: 0x7e },
      }),
    ],
    tenMinutes,
  );
  expect(crashes.map((crash) => crash.stop.code)).toEqual([0xd1, 0x7e]);
});

test('a variant of the code is the same code', () => {
  const variant = { ...stop, code: 0x100000d1 };
  const crashes = mergeSightings(
    [sighting({}), sighting({ channel: 'event-41', at: 60, timeIs: 'next-boot', stop: variant })],
    tenMinutes,
  );
  expect(crashes).toHaveLength(1);
});

test('the same code twice is two crashes when a boot lies between', () => {
  const crashes = mergeSightings(
    [
      sighting({ at: 0 }),
      sighting({ channel: 'event-1001', at: 60, timeIs: 'next-boot' }),
      sighting({ at: 70 }),
      sighting({ channel: 'event-1001', at: 130, timeIs: 'next-boot' }),
    ],
    tenMinutes,
  );
  expect(crashes.map((crash) => crash.channels)).toEqual([
    ['event-18590', 'event-1001'],
    ['event-18590', 'event-1001'],
  ]);
});

test('VMs do not share crashes, nor do crashes far apart meet', () => {
  const crashes = mergeSightings(
    [
      sighting({ vmId: 'a' }),
      sighting({ vmId: 'b', channel: 'event-41' }),
      sighting({ vmId: 'a', at: 3600, channel: 'event-1001', timeIs: 'next-boot' }),
    ],
    tenMinutes,
  );
  expect(crashes).toHaveLength(3);
  expect(crashes[2]).toMatchObject({ from: null, until: seconds(3600) });
});

test('a host that crashed is one incident, whoever tells of it', () => {
  const host = { subject: 'host', host: 'hv1', stop: { ...stop, code: 0x20001 } } as const;
  const crashes = mergeSightings(
    [
      sighting({ ...host, vmId: 'a', channel: 'event-1001', timeIs: 'next-boot', at: 60 }),
      sighting({ ...host, vmId: 'b', channel: 'event-41', timeIs: 'next-boot', at: 61 }),
    ],
    tenMinutes,
  );
  expect(crashes).toHaveLength(1);
});

const windows = [window('first', 0, 100), window('second', 200, 300), window('third', 400, null)];

test('a crash inside one window belongs to that attempt', () => {
  expect(attributed({ from: seconds(50), until: seconds(50) })).toEqual({
    kind: 'attempt',
    attemptId: 'first',
  });
  expect(attributed({ from: seconds(210), until: seconds(290) })).toMatchObject({
    attemptId: 'second',
  });
  expect(attributed({ from: seconds(5000), until: seconds(5000) })).toMatchObject({
    attemptId: 'third',
  });
});

test('a crash between windows is background, but the clocks may be a little off', () => {
  expect(attributed({ from: seconds(150), until: seconds(150) })).toEqual({ kind: 'background' });
  expect(attributed({ from: seconds(101), until: seconds(101) })).toMatchObject({
    attemptId: 'first',
  });
});

test('a crash whose time spans several attempts is indeterminate among them', () => {
  expect(attributed({ from: null, until: seconds(250) })).toEqual({
    kind: 'indeterminate',
    among: ['first', 'second'],
  });
  expect(attributed({ from: seconds(50), until: seconds(150) })).toEqual({
    kind: 'indeterminate',
    among: ['first'],
  });
});

test('another VM or a host that took no part is never blamed', () => {
  expect(attributed({ vmId: 'other', from: seconds(50), until: seconds(50) })).toMatchObject({
    kind: 'background',
  });
  expect(attributed({ host: 'hv9', from: seconds(50), until: seconds(50) })).toMatchObject({
    kind: 'background',
  });
});

function attributed(change: Partial<CrashInTime>) {
  const crash = { subject: 'guest', vmId: 'a', host: null, ...change } as CrashInTime;
  return attributeCrash(crash, windows, 2000);
}

function window(attemptId: string, from: number, until: number | null): AttemptWindow {
  return {
    attemptId,
    vmId: 'a',
    hosts: ['hv1', 'hv2'],
    startedAt: seconds(from),
    endedAt: until === null ? null : seconds(until),
  };
}

function sighting(change: Partial<Omit<CrashSighting, 'at'>> & { at?: number }): CrashSighting {
  return {
    channel: 'event-18590',
    subject: 'guest',
    vmId: 'a',
    host: null,
    timeIs: 'crash',
    stop,
    ...change,
    at: seconds(change.at ?? 0),
  };
}

function seconds(count: number) {
  return toInstant(1_700_000_000_000 + count * 1000);
}
