import type { AttemptReport } from '@gauntlet/shared/contracts/attempt-report';
import type { FakeClock } from '@gauntlet/shared/testing/fake-clock';
import { describe, expect, test } from 'vitest';
import { runScripted as run } from '../testing/run-scripted.ts';
import { bugcheckEvent, type Script } from '../testing/scripted-driver.ts';

const failure = { class: 'busy', code: '0x80070057', message: 'host is busy' } as const;

describe('a guest that crashes', () => {
  test('in the settle window is found late, with its phase and the time since switch-over', async () => {
    const script = (clock: FakeClock): Script => ({
      migrate: async ({ emit, move, complete }) => {
        move();
        void clock.sleep(9_900).then(() => emit(bugcheckEvent(clock)));
        return complete();
      },
    });
    const { report, driver, phases } = await run({ script });
    expect(report).toMatchObject({
      outcome: 'guest-bugcheck',
      bugcheck: { code: 0xd1, phase: 'settle', msSinceSwitchover: 9_900, host: 'b' },
      phases: { settleMs: 9_900, recoveryMs: 500 },
    });
    expect(driver.calls.slice(-3)).toEqual(['locate', 'collectEvidence', 'recover']);
    expect(phases).toEqual(['before', 'copy', 'settle', 'recovery']);
  });

  test('is told with its evidence before the VM is brought back', async () => {
    let toldBeforeRecovery = 0;
    const script = (clock: FakeClock): Script => ({
      migrate: async ({ emit, move, complete }) => {
        move();
        emit(bugcheckEvent(clock));
        return complete();
      },
    });
    const told: AttemptReport[] = [];
    const { report, driver } = await run({
      script,
      ports: {
        onBugcheck: (ahead) => told.push(ahead),
        onPhase: (phase) => {
          if (phase === 'recovery') toldBeforeRecovery = told.length;
        },
      },
    });
    expect(driver.calls).toContain('recover');
    expect(toldBeforeRecovery).toBe(1);
    const [ahead] = told;
    expect(ahead).toMatchObject({ recovering: true, phases: { recoveryMs: null } });
    expect(ahead?.bugcheck).toEqual(report.bugcheck);
    expect(ahead?.evidence).toEqual(report.evidence);
    expect(report).not.toHaveProperty('recovering');
  });

  test('is one crash though two channels tell of it', async () => {
    const script = (clock: FakeClock): Script => ({
      migrate: async ({ emit, move, complete }) => {
        move();
        const result = complete();
        emit({ kind: 'reset', at: clock.now(), channel: 'event-18514' });
        void clock
          .sleep(1_500)
          .then(() => emit(bugcheckEvent(clock, { channel: 'event-18590', agoMs: 1_400 })));
        emit(bugcheckEvent(clock, { channel: 'minidump', stop: { module: 'storvsc' } }));
        return result;
      },
    });
    const { report } = await run({ script });
    expect(report.outcome).toBe('guest-bugcheck');
    expect(report.bugcheck?.channels.toSorted()).toEqual([
      'event-18514',
      'event-18590',
      'minidump',
    ]);
    expect(report.bugcheck).toMatchObject({ code: 0xd1, module: 'storvsc' });
  });

  test('before switch-over is attributed to the copy on the source', async () => {
    const script = (clock: FakeClock): Script => ({
      migrate: async ({ emit, move, complete }) => {
        emit(bugcheckEvent(clock));
        await clock.sleep(5_000);
        move();
        return complete();
      },
    });
    const { report } = await run({ script });
    expect(report).toMatchObject({
      outcome: 'guest-bugcheck',
      bugcheck: { phase: 'copy', msSinceSwitchover: -5_000, host: 'a' },
    });
  });

  test('in the blackout runs on no host', async () => {
    const script = (clock: FakeClock): Script => ({
      migrate: async ({ emit, move, complete }) => {
        await clock.sleep(2_000);
        emit(bugcheckEvent(clock, { agoMs: 50 }));
        move();
        return complete();
      },
    });
    const { report } = await run({ script });
    expect(report.bugcheck).toMatchObject({ phase: 'blackout', host: null });
  });

  test('wins over a failed migration and over a fault of the rig', async () => {
    const script = (clock: FakeClock): Script => ({
      migrate: async ({ emit }) => {
        emit({ kind: 'rig', at: clock.now(), detail: 'event log wrapped' });
        emit(bugcheckEvent(clock));
        return { kind: 'failed', failure };
      },
    });
    const { report } = await run({ script });
    expect(report).toMatchObject({ outcome: 'guest-bugcheck', bugcheck: { phase: 'copy' } });
    expect(report.failure).toMatchObject({ class: 'busy' });
  });

  test('without a code is a bugcheck without a code', async () => {
    const script = (clock: FakeClock): Script => ({
      migrate: async ({ emit, move, complete }) => {
        move();
        emit({ kind: 'reset', at: clock.now(), channel: 'event-18514' });
        return complete();
      },
    });
    const { report, driver } = await run({ script });
    expect(report).toMatchObject({ outcome: 'guest-bugcheck', bugcheck: { code: null } });
    // It rebooted and lives: there is nothing to recover.
    expect(driver.calls).not.toContain('recover');
  });

  test('gets its code when that arrives after the guest was found dead', async () => {
    const script = (clock: FakeClock): Script => ({
      migrate: async ({ emit, move, complete }) => {
        move();
        void clock.sleep(14_000).then(() => emit(bugcheckEvent(clock, { agoMs: 8_000 })));
        return complete();
      },
      probe: async () => ({ alive: false, faults: [] }),
    });
    const { report } = await run({ script });
    expect(report).toMatchObject({
      outcome: 'guest-bugcheck',
      bugcheck: { code: 0xd1, msSinceSwitchover: 6_000 },
    });
  });

  test('is left as it is when the campaign says so', async () => {
    const script = (clock: FakeClock): Script => ({
      migrate: async ({ emit, move, complete }) => {
        move();
        emit(bugcheckEvent(clock));
        return complete();
      },
    });
    const { report, driver } = await run({ script, job: { onBugcheck: 'leave-vm' } });
    expect(report).toMatchObject({ outcome: 'guest-bugcheck', phases: { recoveryMs: null } });
    expect(driver.calls).not.toContain('recover');
  });

  test('stays found when evidence and recovery fail', async () => {
    const broken = async () => {
      throw new Error('unreachable');
    };
    const script = (clock: FakeClock): Script => ({
      migrate: async ({ emit, move, complete }) => {
        move();
        emit(bugcheckEvent(clock));
        return complete();
      },
      collectEvidence: broken,
      recover: broken,
    });
    const { report } = await run({ script });
    expect(report).toMatchObject({ outcome: 'guest-bugcheck', evidence: [], locatedOn: 'b' });
    const events = report.timeline.map((entry) => entry.event);
    expect(events).toEqual(expect.arrayContaining(['evidence-failed', 'recovery-failed']));
  });

  test('stays found when the disk for evidence is full, and small pieces still travel', async () => {
    const piece = (name: string, size: number) =>
      ({ kind: 'dump', name, contentType: 'x/y', bytes: new Uint8Array(size) }) as const;
    const script = (clock: FakeClock): Script => ({
      migrate: async ({ emit, move, complete }) => {
        move();
        emit(bugcheckEvent(clock));
        return complete();
      },
      collectEvidence: async () => ({
        evidence: [piece('big', 65_537), piece('small', 65_536)],
        stop: {
          code: 0xd1,
          parameters: ['0x0', '0x2', '0x0', '0x0'],
          module: 'storvsc',
          function: 'StorChannelVmbusCallback',
          offset: 0x2b8,
          reason: null,
        },
      }),
    });
    const full = async () => {
      throw new Error('ENOSPC: no space left on device');
    };
    const { report } = await run({ script, ports: { evidence: { put: full } } });
    expect(report.outcome).toBe('guest-bugcheck');
    expect(report.evidence.map((kept) => kept.name)).toEqual(['small']);
    expect(report.evidence[0]?.inline).toHaveLength(87_384);
    // SHA-256 of 64 KiB of zeros, by sha256sum.
    expect(report.evidence[0]?.sha256).toBe(
      'de2f256064a0af797747c2b97505dc0b9f3df0de4f489eac731c23ae9ca9cc31',
    );
    expect(report.timeline).toContainEqual(
      expect.objectContaining({
        event: 'evidence-not-stored',
        detail: expect.stringMatching(/big.*ENOSPC/),
      }),
    );
    expect(report.bugcheck).toMatchObject({
      module: 'storvsc',
      function: 'StorChannelVmbusCallback',
      offset: 0x2b8,
      parameters: ['0x0', '0x2', '0x0', '0x0'],
    });
  });
});

test('names and texts of any Unicode and length fit the report', async () => {
  const awful = `\u202e\0${'x'.repeat(10_000)}\ud800`;
  const script = (clock: FakeClock): Script => ({
    migrate: async ({ emit, move, complete }) => {
      move();
      for (let count = 0; count < 500; count += 1) {
        emit({ kind: 'fault', at: clock.now(), probe: awful, detail: awful });
      }
      emit(
        bugcheckEvent(clock, {
          host: awful,
          channel: awful,
          stop: { reason: awful, parameters: ['nonsense', '0x1'] },
        }),
      );
      return complete();
    },
  });
  const { report } = await run({ script });
  expect(report.outcome).toBe('guest-bugcheck');
  expect(report.timeline.length).toBeLessThanOrEqual(64);
  expect(report.timeline.at(-1)?.event).toBe('recovered');
  expect(JSON.stringify(report)).not.toContain('\\u0000');
  expect(report.bugcheck?.parameters).toEqual(['0x1']);
});
