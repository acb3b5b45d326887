import { AppError } from '@gauntlet/shared/contracts/errors';
import type { MigrationResult } from '@gauntlet/shared/domain/migration';
import type { FakeClock } from '@gauntlet/shared/testing/fake-clock';
import { describe, expect, test } from 'vitest';
import { runScripted as run } from '../testing/run-scripted.ts';
import { bugcheckEvent, type Script, type ScriptedDriver } from '../testing/scripted-driver.ts';
import type { VmLocation } from './ports.ts';

const failure = { class: 'busy', code: '0x80070057', message: 'host is busy' } as const;

describe('other findings', () => {
  const completing =
    (during: (given: { emit: ScriptedDriver['emit']; clock: FakeClock }) => void) =>
    (clock: FakeClock): Script => ({
      migrate: async ({ emit, move, complete }) => {
        move();
        during({ emit, clock });
        return complete();
      },
    });

  test('a host that crashes is a host bugcheck, and its guests are recovered', async () => {
    const script = completing(({ emit, clock }) => {
      emit(bugcheckEvent(clock, { host: 'b', stop: { code: 0x20001 } }, 'host'));
      emit({ kind: 'reset', at: clock.now(), channel: 'event-18514' });
    });
    const { report, driver } = await run({ script });
    expect(report).toMatchObject({
      outcome: 'host-bugcheck',
      bugcheck: { subject: 'host', host: 'b', code: 0x20001 },
    });
    expect(driver.calls).toContain('recover');
  });

  test('a lost heartbeat and no sign of life is a hang', async () => {
    const script = (clock: FakeClock): Script => ({
      ...completing(({ emit }) =>
        emit({ kind: 'heartbeat-lost', at: clock.now(), channel: 'heartbeat' }),
      )(clock),
      probe: async () => ({ alive: false, faults: [] }),
    });
    const { report, driver } = await run({ script });
    expect(report).toMatchObject({ outcome: 'guest-hang', bugcheck: null });
    expect(driver.calls).toEqual(expect.arrayContaining(['collectEvidence', 'recover']));
  });

  test('a heartbeat that came back is clean when the guest proves its life', async () => {
    const script = completing(({ emit, clock }) => {
      emit({ kind: 'heartbeat-lost', at: clock.now(), channel: 'heartbeat' });
      emit({ kind: 'heartbeat', at: clock.now(), channel: 'heartbeat' });
    });
    expect((await run({ script })).report.outcome).toBe('clean');
  });

  test('a probe that fails in the guest is a guest fault with the probe', async () => {
    const faults = [{ probe: 'xchg', detail: 'lost exchange' }];
    const { report } = await run({
      script: () => ({ probe: async () => ({ alive: true, faults }) }),
    });
    expect(report).toMatchObject({ outcome: 'guest-fault', fault: faults[0], bugcheck: null });
  });

  test('a fault of the rig is a rig fault, not a clean attempt', async () => {
    const script = completing(({ emit, clock }) =>
      emit({ kind: 'rig', at: clock.now(), detail: 'the rig ran out of disk' }),
    );
    expect((await run({ script })).report).toMatchObject({
      outcome: 'rig-fault',
      reason: 'the rig ran out of disk',
    });
  });

  test('a guest that cannot be asked is never clean', async () => {
    const script = () => ({
      probe: async () => {
        throw new Error('no route');
      },
    });
    expect((await run({ script })).report).toMatchObject({ outcome: 'rig-fault' });
  });

  test('a VM the cluster runs elsewhere is never clean', async () => {
    let count = 0;
    const script = () => ({
      locate: async (): Promise<VmLocation> => {
        count += 1;
        return { vmId: 'vm-1', host: count === 1 ? 'a' : 'c', state: 'running', migrating: false };
      },
    });
    expect((await run({ script })).report).toMatchObject({
      outcome: 'indeterminate',
      locatedOn: 'c',
    });
  });
});

describe('a migration that does not complete', () => {
  const unknown: MigrationResult = {
    kind: 'unknown',
    failure: { class: 'tooling', code: null, message: 'connection lost' },
  };

  test('fails with its class while the VM stays on the source', async () => {
    const { report } = await run({
      script: () => ({ migrate: async () => ({ kind: 'failed', failure }) }),
    });
    expect(report).toMatchObject({ outcome: 'migration-failed', locatedOn: 'a', failure });
  });

  test('of unknown end counts when the cluster runs the VM on the target', async () => {
    const script = () => ({
      migrate: async ({ move }: { move: () => void }) => {
        move();
        return unknown;
      },
    });
    expect((await run({ script })).report).toMatchObject({ outcome: 'clean', locatedOn: 'b' });
  });

  test('of unknown end has failed when the cluster runs the VM on the source', async () => {
    const { report } = await run({ script: () => ({ migrate: async () => unknown }) });
    expect(report).toMatchObject({ outcome: 'migration-failed', locatedOn: 'a' });
  });

  test('of unknown end is indeterminate when the cluster does not know either', async () => {
    let count = 0;
    const script = () => ({
      migrate: async () => unknown,
      locate: async (): Promise<VmLocation> => {
        count += 1;
        const host = count === 1 ? 'a' : null;
        return { vmId: 'vm-1', host, state: count === 1 ? 'running' : 'unknown', migrating: false };
      },
    });
    expect((await run({ script })).report).toMatchObject({
      outcome: 'indeterminate',
      reason: 'connection lost',
      locatedOn: null,
    });
  });

  test('that is still going on is waited for', async () => {
    let count = 0;
    const script = () => ({
      migrate: async () => unknown,
      locate: async (): Promise<VmLocation> => {
        count += 1;
        const isMoving = count > 1 && count < 10;
        return {
          vmId: 'vm-1',
          host: count >= 10 ? 'b' : 'a',
          state: 'running',
          migrating: isMoving,
        };
      },
    });
    expect((await run({ script })).report).toMatchObject({ outcome: 'clean', locatedOn: 'b' });
  });

  test('that never ends is aborted, given up, and indeterminate on the source', async () => {
    let isAborted = false;
    const script = () => ({
      migrate: (_given: unknown, signal: AbortSignal) => {
        signal.addEventListener('abort', () => {
          isAborted = true;
        });
        return new Promise<never>(() => {});
      },
    });
    const { report, driver } = await run({ script });
    expect(report).toMatchObject({ outcome: 'indeterminate', locatedOn: 'a' });
    expect(isAborted).toBe(true);
    expect(driver.calls.filter((call) => call === 'migrate')).toHaveLength(1);
  });

  test('that throws is asked for at the cluster, never tried again', async () => {
    const script = () => ({
      migrate: async () => {
        throw new AppError('driver.host-unknown', 'no host b');
      },
    });
    const { report, driver } = await run({ script });
    expect(report).toMatchObject({ outcome: 'migration-failed', failure: { class: 'tooling' } });
    expect(driver.calls.filter((call) => call === 'migrate')).toHaveLength(1);
  });

  test('of a power cycle with an unknown end is indeterminate', async () => {
    const { report } = await run({
      job: { action: 'power-cycle', target: 'a' },
      script: () => ({ powerCycle: async () => unknown }),
    });
    expect(report.outcome).toBe('indeterminate');
  });
});
