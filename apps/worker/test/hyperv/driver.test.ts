import { describe, expect, test, vi } from 'vitest';
import type { GuestEvent, HypervisorDriver } from '../../src/application/ports.ts';
import { workerLog } from './stand-in/model-cluster.ts';
import { openStandIn, standInOptions } from './stand-in/open-driver.ts';

const never = new AbortController().signal;
const order = { attemptId: 'a', source: 'hv1', target: 'hv2', timeoutMs: 10_000 };

describe('a migration', () => {
  test('takes its blackout from the host, whatever its decimal mark', async () => {
    await using rig = await openStandIn();
    const result = await rig.driver.migrate({ ...order, vmId: idOf(rig) }, never);
    expect(result).toMatchObject({ kind: 'completed', blackoutMs: 500 });
  });

  test.each(['exit-0', 'exit-1', 'kill', 'no-reply', 'truncated', 'stderr', 'wrong-id'] as const)(
    'whose start gets no answer (%s) is told by the cluster, not by the call',
    async (fault) => {
      await using rig = await openStandIn();
      rig.desk.breakNext('migration.start', fault);
      const result = await rig.driver.migrate({ ...order, vmId: idOf(rig) }, never);
      expect(result).toMatchObject({ kind: 'completed' });
      expect(rig.cluster.moves).toBe(1);
      expect(rig.desk.requests.filter(({ op }) => op === 'migration.start')).toHaveLength(1);
    },
  );

  test('goes on while a poll loses its shell', async () => {
    await using rig = await openStandIn({ model: { moveMs: 400 } });
    const moving = rig.driver.migrate({ ...order, vmId: idOf(rig) }, never);
    await vi.waitFor(() => expect(rig.desk.requests.at(-1)?.op).toBe('vms.locate'));
    rig.desk.breakNext('vms.locate', 'kill');
    expect(await moving).toMatchObject({ kind: 'completed' });
  });

  test('that the cluster refuses says the class, and the VM stays', async () => {
    await using rig = await openStandIn();
    rig.cluster.failNext('0x8007274C');
    const result = await rig.driver.migrate({ ...order, vmId: idOf(rig) }, never);
    expect(result).toMatchObject({
      kind: 'failed',
      failure: { class: 'transient-network', code: '0x8007274C' },
    });
    expect(await rig.driver.locate(idOf(rig), never)).toMatchObject({ host: 'hv1' });
    // The failure stays set in the cluster: it must not be taken for the next one's.
    const again = await rig.driver.migrate({ ...order, vmId: idOf(rig) }, never);
    expect(again).toMatchObject({ kind: 'completed' });
  });

  test('that does not end in time is cancelled, and never tried again', async () => {
    await using rig = await openStandIn({ model: { moveMs: 60_000 } });
    const late = await rig.driver.migrate({ ...order, timeoutMs: 300, vmId: idOf(rig) }, never);
    expect(late).toMatchObject({
      kind: 'failed',
      failure: { message: expect.stringContaining('in time') },
    });
    const starts = rig.desk.requests.filter(({ op }) => op === 'migration.start');
    expect(starts).toHaveLength(1);
    expect(await rig.driver.locate(idOf(rig), never)).toMatchObject({ migrating: false });
  });

  test('of a dry run goes the whole way and moves nothing', async () => {
    await using rig = await openStandIn({ driver: { dryRun: true } });
    const result = await rig.driver.migrate({ ...order, vmId: idOf(rig) }, never);
    expect(result).toMatchObject({ kind: 'failed', failure: { class: 'cancelled' } });
    expect(rig.cluster.moves).toBe(0);
  });

  test('of a VM outside the allow-list is refused', async () => {
    await using rig = await openStandIn({ driver: { vms: ['SQL-2'] } });
    const inventory = await rig.driver.inventory(never);
    expect(inventory.vms.map((vm) => vm.name)).toEqual(['sql-2']);
    expect(inventory.hosts[0]).toMatchObject({ memoryMiB: 65_536, memoryFreeMiB: 40_000 });
    await expect(rig.driver.migrate({ ...order, vmId: idOf(rig) }, never)).rejects.toMatchObject({
      code: 'driver.vm-unknown',
    });
  });
});

describe('a watch', () => {
  test('tells code, parameters, host and channel of event 18590', async () => {
    await using rig = await openStandIn();
    await using watch = await openWatch(rig.driver, idOf(rig));
    rig.cluster.crash(idOf(rig), 0xd1);
    await vi.waitFor(() => expect(watch.bugchecks()).toHaveLength(1), soon);
    expect(watch.bugchecks()[0]).toMatchObject({
      subject: 'guest',
      host: 'hv1',
      channel: 'event-18590',
      stop: { code: 0xd1, parameters: expect.arrayContaining(['0xFFFFF8800104B2B8']) },
    });
  });

  test('tells one crash once, however many channels tell of it', async () => {
    await using rig = await openStandIn({ driver: guestAccess, secrets: { pw: 'x' } });
    await using watch = await openWatch(rig.driver, idOf(rig));
    rig.cluster.crash(idOf(rig), 0xd1);
    const channels = () => watch.events.map((event) => ('channel' in event ? event.channel : ''));
    await vi.waitFor(() => {
      expect(channels()).toEqual(expect.arrayContaining(['event-18590', 'event-41', 'event-1001']));
    }, soon);
    expect(watch.bugchecks()).toHaveLength(1);
  });

  test('learns of a crash from the guest where the host tells nothing (2008 R2)', async () => {
    await using rig = await openStandIn({
      model: { tellsCrashes: false, rebootMs: null },
      driver: guestAccess,
      secrets: { pw: 'x' },
    });
    await using watch = await openWatch(rig.driver, idOf(rig));
    const heard = () => rig.desk.requests.filter(({ op }) => op === 'host.heartbeats').length;
    await vi.waitFor(() => expect(heard()).toBeGreaterThan(3), soon);
    rig.cluster.crash(idOf(rig), 0xd1);
    const kinds = () => watch.events.map(({ kind }) => kind);
    await vi.waitFor(() => expect(kinds()).toContain('heartbeat-lost'), soon);
    rig.cluster.bootVm(idOf(rig));
    await vi.waitFor(() => expect(watch.bugchecks()).toHaveLength(1), soon);
    expect(watch.bugchecks()[0]).toMatchObject({ channel: 'event-41', stop: { code: 0xd1 } });
    expect(watch.events.some(({ kind }) => kind === 'heartbeat-lost')).toBe(true);
  });

  test('without a word of the guest still sees its heartbeat go and come', async () => {
    await using rig = await openStandIn({ model: { tellsCrashes: false, rebootMs: null } });
    await using watch = await openWatch(rig.driver, idOf(rig));
    rig.cluster.crash(idOf(rig), 0xd1);
    const kinds = () => watch.events.map(({ kind }) => kind);
    await vi.waitFor(() => expect(kinds()).toEqual(['heartbeat-lost']), soon);
    rig.cluster.bootVm(idOf(rig));
    await vi.waitFor(() => expect(kinds()).toEqual(['heartbeat-lost', 'heartbeat']), soon);
  });

  test('goes on after its shell died, and misses nothing', async () => {
    await using rig = await openStandIn();
    await using watch = await openWatch(rig.driver, idOf(rig));
    rig.desk.breakNext('events.read', 'kill');
    rig.desk.breakNext('host.heartbeats', 'truncated');
    rig.cluster.crash(idOf(rig), 0xd1);
    await vi.waitFor(() => expect(watch.bugchecks()).toHaveLength(1), soon);
  });

  test('of a log that lost records says so: silence would look like a clean guest', async () => {
    await using rig = await openStandIn();
    await using watch = await openWatch(rig.driver, idOf(rig));
    await pause(100);
    const log = rig.cluster.logOf('hv1', workerLog);
    for (let n = 0; n < 10; n += 1) log.append(() => ({ id: 1, xml: '<Event/>' }));
    await pause(100);
    for (let n = 0; n < 10; n += 1) log.append(() => ({ id: 1, xml: '<Event/>' }));
    log.wrap(2);
    await vi.waitFor(() => expect(watch.rig()).toContain('lost records'), soon);
  });

  test('counts the end of a host as one incident, and learns its code when it is back', async () => {
    await using rig = await openStandIn({ model: { vmCount: 3 } });
    // Two VMs of one host, each with its watch.
    const [first, , third] = rig.cluster.vms.map((vm) => vm.id);
    await using one = await openWatch(rig.driver, first ?? '');
    await using two = await openWatch(rig.driver, third ?? '');
    await pause(100);
    rig.cluster.hostDown('hv1');
    await vi.waitFor(() => expect(two.bugchecks()).toHaveLength(1), soon);
    expect(two.bugchecks()[0]).toMatchObject({
      subject: 'host',
      host: 'hv1',
      channel: 'host-down',
    });
    expect(one.bugchecks()).toHaveLength(0);
    expect(one.rig()).toContain('another attempt');
    rig.cluster.hostUp('hv1', 0x20001);
    await vi.waitFor(() => expect(two.bugchecks()).toHaveLength(2), soon);
    expect(two.bugchecks()[1]).toMatchObject({ subject: 'host', stop: { code: 0x20001 } });
  });
});

describe('evidence', () => {
  test('of a crash holds the records, the dump and the driver at fault', async () => {
    await using rig = await openStandIn({ driver: guestAccess, secrets: { pw: 'x' } });
    const since = rig.driver.clock.now();
    rig.cluster.crash(idOf(rig), 0xd1);
    await pause(200);
    const { evidence, stop } = await rig.driver.collectEvidence(
      { attemptId: 'a', vmId: idOf(rig), hosts: ['hv1', 'hv2'], since },
      never,
    );
    expect(stop).toMatchObject({ code: 0xd1, module: 'storvsc' });
    expect(evidence.map(({ kind }) => kind).sort()).toEqual([
      'dump-header',
      'event-record',
      'event-record',
      'event-record',
    ]);
  });
});

test('evidence is waited for while the guest writes its dump and restarts', async () => {
  await using rig = await openStandIn({
    model: { rebootMs: 400 },
    driver: { ...guestAccess, dumpMs: 5000 },
    secrets: { pw: 'x' },
  });
  const since = rig.driver.clock.now();
  rig.cluster.crash(idOf(rig), 0xd1);
  const request = { attemptId: 'a', vmId: idOf(rig), hosts: ['hv1'], since };
  const { stop } = await rig.driver.collectEvidence(request, never);
  expect(stop).toMatchObject({ code: 0xd1, module: 'storvsc' });
});

describe('secrets', () => {
  test('reach the shell by its standard input and nothing else', async () => {
    await using rig = await openStandIn({ driver: guestAccess, secrets: { pw: 'hunter2' } });
    const told = rig.desk.requests.filter(({ op }) => op === 'credential.set');
    expect(told[0]?.args).toMatchObject({ user: 'lab\\reader', password: 'hunter2' });
    expect(JSON.stringify(process.argv)).not.toContain('hunter2');
  });

  test('that are not set are named, with the driver refused', async () => {
    await expect(openStandIn({ driver: guestAccess })).rejects.toMatchObject({
      code: 'driver.unavailable',
      message: expect.stringContaining('pw'),
    });
  });
});

test('a worker without PowerShell says so', async () => {
  await expect(openStandIn({ driver: { executable: '/no/powershell' } })).rejects.toMatchObject({
    code: 'driver.unavailable',
    message: expect.stringContaining('/no/powershell'),
  });
});

test.each([
  [{}, 'testCluster'],
  [{ testCluster: true }, '`cluster` must name'],
  [{ testCluster: true, mode: 'standalone', hosts: ['hv1'] }, 'at least two'],
  [{ testCluster: true, cluster: 'c', guest: { access: 'direct' } }, 'credential'],
  [{ testCluster: true, cluster: 'c', password: 'x' }, 'password'],
])('options %j are refused', async (options, fault) => {
  const { parseHypervOptions } = await import('../../src/drivers/hyperv/options.ts');
  expect(() => parseHypervOptions(options)).toThrow(fault);
});

test('options have the defaults of a careful engineer', async () => {
  const { parseHypervOptions } = await import('../../src/drivers/hyperv/options.ts');
  expect(parseHypervOptions({ testCluster: true, cluster: 'lab' })).toMatchObject({
    executable: 'powershell.exe',
    where: { mode: 'cluster', adapter: 'hyperv' },
    dryRun: false,
    guest: { access: 'none' },
  });
  expect(standInOptions('x')).toHaveProperty('testCluster', true);
});

const guestAccess = {
  guest: { access: 'direct', user: 'lab\\reader', passwordReference: 'pw' },
} as const;

/** The limit of a wait on a busy machine, not a pause. */
const soon = { timeout: 30_000, interval: 10 };

function idOf(rig: Awaited<ReturnType<typeof openStandIn>>): string {
  return rig.cluster.vms[0]?.id ?? '';
}

async function openWatch(driver: HypervisorDriver, vmId: string) {
  const ending = new AbortController();
  const events: GuestEvent[] = [];
  await driver.watch(vmId, (event) => events.push(event), ending.signal);
  return {
    events,
    bugchecks: () => events.filter((event) => event.kind === 'bugcheck'),
    rig: () => events.map((event) => (event.kind === 'rig' ? event.detail : '')).join('\n'),
    [Symbol.asyncDispose]: async () => ending.abort(),
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
