import { execFileSync } from 'node:child_process';
import type { MigrationResult } from '@gauntlet/shared/domain/migration';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { GuestEvent } from '../../src/application/ports.ts';
import type { Both } from '../../src/drivers/qemu/guest.ts';
import { createFaultRelay, type FaultRelay, type RelayFaults } from './fault-relay.ts';
import { openRig, type Rig, whyNoQemu } from './rig.ts';

const reason = whyNoQemu();
const never = new AbortController().signal;
const megabyte = 1024 * 1024;

/** What the next migration suffers; everything is back to normal after each test. */
interface Trouble {
  relay?: RelayFaults;
  link?: string;
  returnPath?: boolean;
  beforeMove?: (both: Both) => void;
  alter?: (args: readonly string[]) => readonly string[];
}
let trouble: Trouble = {};
let relay: FaultRelay | null = null;

describe.skipIf(reason !== null)(`rig faults on real processes ${reason ?? ''}`, () => {
  let rig: Rig;

  beforeAll(async () => {
    const interference = {
      link: async (socket: string) => {
        if (trouble.link !== undefined) return trouble.link;
        if (trouble.relay === undefined) return socket;
        relay = await createFaultRelay(socket, trouble.relay);
        return relay.path;
      },
      beforeMove: async (both: Both) => trouble.beforeMove?.(both),
      get returnPath() {
        return trouble.returnPath ?? true;
      },
    };
    const alterDestination = (args: readonly string[]) => trouble.alter?.(args) ?? args;
    const disks = { count: 1, writesPerSecond: 20 } as const;
    const guests = [{ name: 'guest', disks, checkEveryUs: 1000 }];
    rig = await openRig({ guests, stallMsMax: 700 }, { interference, alterDestination });
  });

  afterAll(async () => rig?.[Symbol.asyncDispose]());

  afterEach(() => {
    relay?.close();
    relay = null;
    trouble = {};
  });

  async function migrate(suffered: Trouble, { timeoutMs = 20_000, signal = never } = {}) {
    trouble = suffered;
    const { driver, vmId, cluster } = rig;
    const { host } = await driver.locate(vmId, never);
    const target = cluster.slots.find((slot) => slot !== host) ?? '';
    const watching = new AbortController();
    const events: GuestEvent[] = [];
    await driver.watch(vmId, (event) => events.push(event), watching.signal);
    const request = { attemptId: 'test', vmId, source: host ?? '', target, timeoutMs };
    const result = await driver.migrate(request, signal);
    return { result, events, source: host, target };
  }

  /** Failed, and the guest goes on where it was. */
  async function expectUnmoved(
    { result, events, source }: Awaited<ReturnType<typeof migrate>>,
    message: RegExp,
  ) {
    expect(result).toMatchObject({ kind: 'failed' });
    expect(messageOf(result)).toMatch(message);
    expect(await rig.driver.locate(rig.vmId, never)).toMatchObject({
      host: source,
      state: 'running',
      migrating: false,
    });
    expect(await rig.driver.probe(rig.vmId, never)).toMatchObject({ alive: true, faults: [] });
    expect(events.filter(({ kind }) => kind === 'bugcheck' || kind === 'rig')).toEqual([]);
  }

  test('cancelled in mid-copy, the guest stays, and the next try succeeds', async () => {
    const abort = new AbortController();
    const stalled = { stallAfterBytes: 4 * megabyte, onStall: () => abort.abort() };
    const cancelled = await migrate({ relay: stalled }, { signal: abort.signal });
    await expectUnmoved(cancelled, /aborted/);
    expect(cancelled.result).toMatchObject({ failure: { class: 'cancelled' } });
    expect((await migrate({})).result).toMatchObject({ kind: 'completed' });
  });

  test('the destination is killed in mid-copy', async () => {
    const both = holder();
    const onStall = () => both.now().destination.kill();
    const relayed = { stallAfterBytes: 4 * megabyte, onStall };
    await expectUnmoved(await migrate({ beforeMove: both.hold, relay: relayed }), /./);
  });

  test('the destination is killed in the blackout', async () => {
    const beforeMove = ({ source, destination }: Both) => {
      source.qmp.events.listen(({ name }) => {
        if (name !== 'STOP') return;
        relay?.stall();
        void destination.kill();
      });
    };
    await expectUnmoved(await migrate({ beforeMove, relay: {} }), /./);
  });

  test('the link is cut in the blackout', async () => {
    const beforeMove = ({ source }: Both) => {
      source.qmp.events.listen(({ name }) => {
        if (name !== 'STOP') return;
        relay?.stall();
        relay?.cut();
      });
    };
    await expectUnmoved(await migrate({ beforeMove, relay: {} }), /./);
  });

  test('the source is killed in mid-copy: the guest is lost to the rig and brought back', async () => {
    const both = holder();
    const onStall = () => process.kill(both.now().source.pid, 'SIGKILL');
    const relayed = { stallAfterBytes: 4 * megabyte, onStall };
    const { result, events } = await migrate({ beforeMove: both.hold, relay: relayed });
    expect(result).toMatchObject({ kind: 'unknown', failure: { class: 'gone' } });
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'rig', detail: expect.stringContaining('SIGKILL') }),
    );
    expect(events.filter(({ kind }) => kind === 'bugcheck')).toEqual([]);
    await expectAliveAgain();
  });

  test('a source that dies after the switch-over takes nothing with it', async () => {
    const beforeMove = ({ source }: Both) => {
      source.qmp.events.listen(({ name, data }) => {
        if (name === 'MIGRATION' && JSON.stringify(data).includes('completed')) void source.kill();
      });
    };
    const { result } = await migrate({ beforeMove });
    expect(result).toMatchObject({ kind: 'completed' });
    await expectAliveAgain();
  });

  test('a black-holed link is noticed and the migration cancelled', async () => {
    const lost = await migrate({ relay: { stallAfterBytes: 4 * megabyte } });
    await expectUnmoved(lost, /no progress for \d+ ms/);
  });

  test('a destination that stands still is a black hole too', async () => {
    const both = holder();
    const onStall = (link: FaultRelay) => {
      process.kill(both.now().destination.pid, 'SIGSTOP');
      link.heal();
    };
    const relayed = { stallAfterBytes: 4 * megabyte, onStall };
    const stopped = await migrate({ beforeMove: both.hold, relay: relayed });
    await expectUnmoved(stopped, /no progress for \d+ ms/);
  });

  test('a link that stalls for a while and heals is late, not failed', async () => {
    const onStall = (link: FaultRelay) => setTimeout(() => link.heal(), 400);
    const { result } = await migrate({ relay: { stallAfterBytes: 4 * megabyte, onStall } });
    expect(result).toMatchObject({ kind: 'completed' });
    expect(result.kind === 'completed' && result.copyMs).toBeGreaterThan(350);
  });

  test('a migration that is too slow ends at its deadline', async () => {
    const drip = setInterval(() => relay?.heal(), 200);
    const onStall = () => {};
    const late = await migrate(
      { relay: { stallAfterBytes: megabyte, onStall } },
      { timeoutMs: 150 },
    );
    clearInterval(drip);
    await expectUnmoved(late, /not finished within 150 ms/);
  });

  test('nobody listens on the other side', async () => {
    const refused = await migrate({ link: '/nonexistent/gauntlet.sock' });
    await expectUnmoved(refused, /No such file/);
  });

  test('a destination of another RAM size refuses the guest and says why', async () => {
    const alter = (args: readonly string[]) =>
      args.map((arg) => (arg === '98312K' ? '98320K' : arg));
    await expectUnmoved(await migrate({ alter }), /size mismatch|ram/i);
  });

  test('a destination that cannot be started costs an attempt, not the guest', async () => {
    const alter = (args: readonly string[]) => [...args, '-no-such-option'];
    const refused = await migrate({ alter });
    await expectUnmoved(refused, /did not start/);
    expect(refused.result).toMatchObject({ failure: { class: 'resources' } });
  });

  // It has state and no RAM of its own, so that nothing is noticed before the switch-over.
  const withoutNetwork = (args: readonly string[]) =>
    args.map((arg) => (arg.startsWith('virtio-net') ? 'pci-testdev' : arg));

  test('a destination that lacks a device is found out by the return path', async () => {
    await expectUnmoved(await migrate({ alter: withoutNetwork }), /virtio-net|section/i);
  });

  test('without it the source reports success: the loss is found on the destination', async () => {
    // The link takes all bytes, so that the source never meets a broken pipe.
    const suffered = { alter: withoutNetwork, returnPath: false, relay: { swallow: true } };
    const { result, events } = await migrate(suffered);
    expect(result).toMatchObject({ kind: 'unknown' });
    expect(messageOf(result)).toMatch(/reported success/);
    expect(events.some(({ kind }) => kind === 'rig')).toBe(true);
    await expectAliveAgain();
  });

  test('a link that corrupts memory is found by the page checker alone', async () => {
    const { result, events } = await migrate({ relay: { transform: corruptMarkedPages } });
    expect(result).toMatchObject({ kind: 'completed' });
    await vi.waitUntil(() => events.some(({ kind }) => kind === 'fault'), { timeout: 10_000 });
    const { faults } = await rig.driver.probe(rig.vmId, never);
    expect(faults[0]?.probe).toBe('page-checker');
    // What it dies of from now on is no bug of the guest.
    rig.guest.process?.console.send('panic');
    await vi.waitUntil(() => rig.guest.location.state === 'failed', { timeout: 10_000 });
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(events.filter(({ kind }) => kind === 'bugcheck')).toEqual([]);
    const faulty = events.filter((event) => event.kind === 'fault');
    expect(faulty.at(-1)?.detail).toMatch(/then it panicked: sysrq/);
    await rig.driver.recover(rig.vmId, never);
    expect((await rig.driver.probe(rig.vmId, never)).faults).toEqual([]);
  });

  test('a full disk is a fault of the rig', async () => {
    const watching = new AbortController();
    const events: GuestEvent[] = [];
    await rig.driver.watch(rig.vmId, (event) => events.push(event), watching.signal);
    const pid = rig.guest.process?.pid ?? 0;
    execFileSync('prlimit', ['--pid', String(pid), '--fsize=300000:300000']);
    await vi.waitUntil(() => events.some(({ kind }) => kind === 'rig'), { timeout: 10_000 });
    watching.abort();
    expect(events).toContainEqual(
      expect.objectContaining({ kind: 'rig', detail: expect.stringMatching(/disk image/) }),
    );
    await expectAliveAgain();
  });

  async function expectAliveAgain() {
    const located = await rig.driver.locate(rig.vmId, never);
    expect(located).toMatchObject({ state: 'running', migrating: false });
    expect(await rig.driver.probe(rig.vmId, never)).toMatchObject({ alive: true });
  }
});

function messageOf(result: MigrationResult): string {
  return result.kind === 'completed' ? '' : result.failure.message;
}

function holder() {
  let held: Both | null = null;
  return {
    hold: (both: Both) => {
      held = both;
    },
    now(): Both {
      if (held === null) throw new Error('no migration has begun');
      return held;
    },
  };
}

/** Our pages carry a mark in their second word; the word before it is the counter. */
function corruptMarkedPages(chunk: Buffer): Buffer {
  const mark = Buffer.from('GAUNTLET');
  for (let at = chunk.indexOf(mark); at >= 0; at = chunk.indexOf(mark, at + 1)) {
    if (at >= 8) chunk[at - 8] = (chunk[at - 8] ?? 0) ^ 0x55;
  }
  return chunk;
}
