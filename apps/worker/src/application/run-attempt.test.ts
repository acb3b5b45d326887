import { AppError } from '@gauntlet/shared/contracts/errors';
import type { FakeClock } from '@gauntlet/shared/testing/fake-clock';
import { describe, expect, test } from 'vitest';
import { runScripted as run } from '../testing/run-scripted.ts';
import {
  blackoutMs,
  bugcheckEvent,
  copyMs,
  type Script,
  type ScriptedDriver,
} from '../testing/scripted-driver.ts';
import type { VmLocation } from './ports.ts';

const moved = (driver: ScriptedDriver) => driver.calls.includes('migrate');
const failure = { class: 'busy', code: '0x80070057', message: 'host is busy' } as const;

describe('an attempt that goes well', () => {
  test('is clean, measured, and located on the target', async () => {
    const { report, driver, phases } = await run();
    expect(report).toMatchObject({
      outcome: 'clean',
      reason: null,
      locatedOn: 'b',
      failure: null,
      bugcheck: null,
      phases: { copyMs, blackoutMs, settleMs: 10_000, recoveryMs: null, queueMs: 1_000 },
    });
    expect(report.fingerprint?.hosts.map((host) => host.name)).toEqual(['a', 'b']);
    expect(phases).toEqual(['before', 'copy', 'settle']);
    expect(driver.calls).toEqual(['locate', 'fingerprint', 'watch', 'migrate', 'probe', 'locate']);
  });

  test('leaves no timer and no watch behind', async () => {
    const { clock, driver } = await run();
    expect(clock.sleeping).toBe(0);
    expect(() => driver.emit(bugcheckEvent(clock))).not.toThrow();
  });

  test('may be a power cycle, which stays on its host', async () => {
    const { report, driver } = await run({ job: { action: 'power-cycle', target: 'a' } });
    expect(report).toMatchObject({ outcome: 'clean', locatedOn: 'a' });
    expect(driver.calls).toContain('powerCycle');
    expect(report.fingerprint?.hosts).toHaveLength(1);
  });
});

describe('an attempt that must not start', () => {
  test('is cancelled and asks the cluster nothing when the lease is not held', async () => {
    const { report, driver } = await run({ ports: { gate: { mayStart: async () => false } } });
    expect(report).toMatchObject({ outcome: 'cancelled', reason: 'stopped before it started' });
    expect(driver.calls).toEqual([]);
  });

  test('is cancelled when the lease lapses while it prepares', async () => {
    const answers = [true, false];
    const gate = { mayStart: async () => answers.shift() ?? false };
    const { report, driver } = await run({ ports: { gate } });
    expect(report).toMatchObject({ outcome: 'cancelled', reason: 'stopped before it started' });
    expect(moved(driver)).toBe(false);
  });

  test('is cancelled when the worker stops before it began', async () => {
    const script = (clock: FakeClock): Script => ({
      locate: async (_vmId, signal) => {
        await clock.sleep(5_000, signal);
        throw new Error('never');
      },
    });
    const { report, driver } = await run({ script, abortAtMs: 1_000 });
    expect(report).toMatchObject({ outcome: 'cancelled', reason: 'stopped before it started' });
    expect(moved(driver)).toBe(false);
  });

  const wrongPlaces: [string, Partial<VmLocation>][] = [
    ['on another host', { host: 'c' }],
    ['nowhere', { host: null }],
    ['off', { state: 'off' }],
    ['already being moved', { migrating: true }],
  ];
  test.each(wrongPlaces)('is a rig fault when the VM is %s', async (_name, place) => {
    const location: VmLocation = {
      vmId: 'vm-1',
      host: 'a',
      state: 'running',
      migrating: false,
      ...place,
    };
    const { report, driver } = await run({ script: () => ({ locate: async () => location }) });
    expect(report.outcome).toBe('rig-fault');
    expect(report.reason).toMatch(/VM/);
    expect(moved(driver)).toBe(false);
  });

  test('is a rig fault when a question to the cluster fails, each with its reason', async () => {
    const broken = async () => {
      throw new AppError('driver.unavailable', 'no connection');
    };
    for (const script of [{ locate: broken }, { fingerprint: broken }, { watch: broken }]) {
      const { report, driver } = await run({ script: () => script });
      expect(report.outcome).toBe('rig-fault');
      expect(report.reason).toContain('no connection');
      expect(moved(driver)).toBe(false);
    }
  });

  test('is a rig fault when a question is never answered', async () => {
    const script = () => ({ fingerprint: () => new Promise<never>(() => {}) });
    const { report, driver } = await run({ script });
    expect(report).toMatchObject({ outcome: 'rig-fault' });
    expect(report.reason).toContain('did not end in time');
    expect(moved(driver)).toBe(false);
  });

  test('is a rig fault when the driver lacks the capability', async () => {
    const { report } = await run({ script: () => ({ capabilities: ['power-cycle'] }) });
    expect(report).toMatchObject({ outcome: 'rig-fault' });
    expect(report.reason).toContain('live-migration');
  });

  test('keeps the crash of a guest that died before it was moved, and does not count it', async () => {
    const script = (clock: FakeClock): Script => ({
      watch: async (emit) => emit(bugcheckEvent(clock)),
    });
    const { report, driver } = await run({ script });
    expect(report).toMatchObject({ outcome: 'rig-fault', bugcheck: { phase: 'before' } });
    expect(report.bugcheck?.msSinceSwitchover).toBeNull();
    expect(moved(driver)).toBe(false);
    expect(driver.calls).toContain('recover');
  });
});

describe('a worker that is stopped', () => {
  test('in mid-copy reports the attempt as indeterminate, with where the VM is', async () => {
    const script = (clock: FakeClock): Script => ({
      migrate: async (_given, signal) => {
        await clock.sleep(50_000, signal).catch(() => {});
        return { kind: 'failed', failure: { ...failure, class: 'cancelled' } };
      },
    });
    const { report } = await run({ script, abortAtMs: 5_000 });
    expect(report).toMatchObject({
      outcome: 'indeterminate',
      reason: 'the worker was stopped in mid-attempt',
      locatedOn: 'a',
    });
  });

  test('in the settle window is indeterminate: the guest proved nothing yet', async () => {
    const { report, driver } = await run({ abortAtMs: 5_000 });
    expect(report).toMatchObject({ outcome: 'indeterminate', locatedOn: 'b' });
    expect(driver.calls).not.toContain('probe');
  });

  test('after a bugcheck still reports the bugcheck', async () => {
    const script = (clock: FakeClock): Script => ({
      migrate: async ({ emit, move, complete }, signal) => {
        emit(bugcheckEvent(clock));
        await clock.sleep(50_000, signal).catch(() => {});
        move();
        return complete();
      },
    });
    const { report } = await run({ script, abortAtMs: 5_000 });
    expect(report).toMatchObject({ outcome: 'guest-bugcheck', bugcheck: { code: 0xd1 } });
  });

  test('before a migration that then refuses to begin is cancelled', async () => {
    const script = () => ({
      migrate: async () => {
        throw new AppError('migration.aborted', 'aborted before it began');
      },
    });
    const { report } = await run({ script });
    expect(report).toMatchObject({ outcome: 'cancelled', reason: 'stopped before it started' });
  });
});
