import { toInstant } from '@gauntlet/shared/kernel/instant';
import { describe, expect, test } from 'vitest';
import type { SimulatedCluster } from './cluster.ts';
import type { ClusterEvent } from './events.ts';
import { noFaults } from './options.ts';
import { demoCluster } from './presets.ts';
import { aHost, aVm, move, never, scsiDisks, startCluster } from './testing/small-cluster.ts';

const wild = { disks: scsiDisks(8), load: 4 };

/** Back and forth until `count` migrations were begun; a dead guest is recovered. */
async function campaign(cluster: SimulatedCluster, vmId: string, count: number): Promise<void> {
  for (let i = 0; i < count; i += 1) {
    const { host } = cluster.locate(vmId);
    await move(cluster, vmId, host === 'h1' ? 'h2' : 'h1');
    if (!cluster.probe(vmId).alive) await cluster.recover(vmId);
  }
}

function bugchecksOf(cluster: SimulatedCluster) {
  return cluster.ledger.read(0, 100_000).filter((entry) => entry.kind === 'bugcheck');
}

describe('migrations', () => {
  test('a migration moves the VM, takes simulated time and is in the ledger', async () => {
    using cluster = startCluster();
    const end = await move(cluster, 'vm', 'h2');
    expect(end).toMatchObject({ kind: 'completed' });
    expect(end.kind === 'completed' && end.copyMs).toBeGreaterThan(3000);
    expect(cluster.locate('vm')).toMatchObject({ host: 'h2', state: 'running', migrating: false });
    const [entry] = cluster.ledger.read(0, 10);
    expect(entry).toMatchObject({ kind: 'migration', source: 'h1', target: 'h2', k: 0 });
  });

  test('a host takes part in one migration at a time, and the attempt is on record', async () => {
    using cluster = startCluster({ vms: [aVm('a', 'h1'), aVm('b', 'h1'), aVm('c', 'h3')] });
    const [first, outbound, inbound] = await Promise.all([
      move(cluster, 'a', 'h2'),
      move(cluster, 'b', 'h3'),
      move(cluster, 'c', 'h2'),
    ]);
    expect(first).toMatchObject({ kind: 'completed' });
    for (const end of [outbound, inbound]) {
      expect(end).toMatchObject({ kind: 'failed', failure: { class: 'busy', code: '0x800700AA' } });
    }
    expect(cluster.ledger.totals()).toMatchObject({ refused: 2, migration: 1 });
  });

  test('an abort in mid-copy leaves the VM running on the source', async () => {
    using cluster = startCluster();
    const controller = new AbortController();
    const end = move(cluster, 'vm', 'h2', controller.signal);
    controller.abort();
    expect(await end).toMatchObject({ kind: 'failed', failure: { class: 'cancelled' } });
    expect(cluster.locate('vm')).toMatchObject({ host: 'h1', state: 'running' });
  });

  test('a copy past its deadline is cancelled', async () => {
    using cluster = startCluster();
    const order = { attemptId: 'a', vmId: 'vm', source: 'h1', target: 'h2', timeoutMs: 100 };
    const end = await cluster.migrate(order, never);
    expect(end).toMatchObject({ kind: 'failed', failure: { class: 'cancelled' } });
  });
});

describe('storvsc race in the cluster', () => {
  test('a hit is a bugcheck of the guest in storvsc, seen by who watches', async () => {
    using cluster = startCluster({ vms: [aVm('vm', 'h1', wild)] });
    const seen: ClusterEvent[] = [];
    cluster.watch('vm', (event) => seen.push(event));
    await campaign(cluster, 'vm', 200);
    const bugchecks = bugchecksOf(cluster);
    expect(bugchecks.length).toBeGreaterThan(5);
    expect(seen).toHaveLength(bugchecks.length);
    expect(seen[0]).toMatchObject({ kind: 'bugcheck', subject: 'guest', code: 0xd1 });
    expect(bugchecks[0]?.stop).toMatchObject({ module: 'storvsc', offset: 0x2b8 });
    expect(cluster.findBugcheck('vm', toInstant(0))).toEqual(bugchecks.at(-1));
  });

  test('the hotfix on the hosts ends it, installed in mid-campaign', async () => {
    using cluster = startCluster({ vms: [aVm('vm', 'h1', wild)] });
    await campaign(cluster, 'vm', 100);
    const before = bugchecksOf(cluster).length;
    expect(before).toBeGreaterThan(0);
    const hosts = cluster.options.hosts.map((host) => ({ ...host, hotfixes: ['KB2636573'] }));
    cluster.reconfigure({ ...cluster.options, hosts });
    await campaign(cluster, 'vm', 300);
    expect(bugchecksOf(cluster)).toHaveLength(before);
  });

  test('the fate of a migration depends on the VM and its ordinal, not on its neighbours', async () => {
    const vms = [aVm('a', 'h1', wild), aVm('b', 'h3', wild)];
    using alone = startCluster({ vms: vms.slice(0, 1) });
    using together = startCluster({ vms, hosts: ['h1', 'h2', 'h3', 'h4'].map((n) => aHost(n)) });
    await campaign(alone, 'a', 100);
    const other = async () => {
      for (let i = 0; i < 60; i += 1) {
        await move(together, 'b', together.locate('b').host === 'h3' ? 'h4' : 'h3');
        if (!together.probe('b').alive) await together.recover('b');
      }
    };
    await Promise.all([campaign(together, 'a', 100), other()]);
    const fates = (cluster: SimulatedCluster) =>
      bugchecksOf(cluster)
        .filter((entry) => entry.vmId === 'a')
        .map((entry) => entry.disk);
    expect(fates(alone).length).toBeGreaterThan(3);
    expect(fates(together)).toEqual(fates(alone));
  });
});

describe('0x20001', () => {
  const linux = { os: 'linux', processorCompatibility: true } as const;

  test('a power cycle of Linux with processor compatibility takes the host and all on it down', async () => {
    using cluster = startCluster({ vms: [aVm('linux', 'h1', linux), aVm('other', 'h1')] });
    const seen: ClusterEvent[] = [];
    cluster.watch('other', (event) => seen.push(event));
    const end = await cluster.powerCycle({ attemptId: 'a', vmId: 'linux', host: 'h1' });
    expect(end.kind).toBe('unknown');
    expect(seen[0]).toMatchObject({ kind: 'bugcheck', subject: 'host', code: 0x20001 });
    expect(cluster.inventory().hosts[0]).toMatchObject({ name: 'h1', state: 'down' });
    expect(await cluster.recover('other')).toMatchObject({ host: 'h2', state: 'running' });
    expect(await cluster.recover('linux')).toMatchObject({ host: 'h2', state: 'running' });
    expect(cluster.ledger.totals()).toMatchObject({ 'host-crash': 1 });
  });

  test('lost VMs fail over by themselves and the host boots again', async () => {
    using cluster = startCluster({ vms: [aVm('linux', 'h1', linux), aVm('other', 'h1')] });
    await cluster.powerCycle({ attemptId: 'a', vmId: 'linux', host: 'h1' });
    await cluster.clock.sleep(400_000);
    expect(cluster.locate('other')).toMatchObject({ host: 'h2', state: 'running' });
    expect(cluster.locate('linux')).toMatchObject({ state: 'failed' });
    expect(cluster.inventory().hosts.every((host) => host.state === 'up')).toBe(true);
  });

  test.each([
    ['the workaround', { vm: { os: 'linux' as const }, host: {} }],
    ['the fixed file', { vm: linux, host: { hotfixes: ['KB2550569'] } }],
    ['a fixed version', { vm: linux, host: { hypervisorVersion: '6.1.7601.21726' } }],
    ['another vendor', { vm: linux, host: { cpuVendor: 'AMD Opteron' } }],
  ])('%s prevents it', async (_name, { vm, host }) => {
    using cluster = startCluster({
      vms: [aVm('linux', 'h1', vm)],
      hosts: [aHost('h1', host), aHost('h2', host)],
    });
    const end = await cluster.powerCycle({ attemptId: 'a', vmId: 'linux', host: 'h1' });
    expect(end.kind).toBe('completed');
    expect(cluster.probe('linux').alive).toBe(true);
  });

  test('Windows takes the host down after some uptime', async () => {
    using cluster = startCluster({
      vms: [aVm('win', 'h1', { processorCompatibility: true })],
      defects: { xrstorMeanUptimeMs: 60_000, lostExchangesPerSecond: 0, exchangeSeconds: 0 },
    });
    expect(cluster.probe('win').alive).toBe(true);
    await cluster.clock.sleep(1_000_000);
    expect(cluster.ledger.totals()['host-crash']).toBeGreaterThan(0);
  });
});

describe('XCHG', () => {
  const probing = { exchangeProbe: true };
  const defects = { xrstorMeanUptimeMs: 1, lostExchangesPerSecond: 0.02, exchangeSeconds: 10 };
  const cluster = (osBuild: string, hotfixes: string[] = []) =>
    startCluster({
      vms: [aVm('vm', 'h1', probing)],
      hosts: [aHost('h1', { osBuild, hotfixes }), aHost('h2', { osBuild, hotfixes })],
      defects,
    });

  test('an unfixed host loses exchanges; the guest lives on and nothing bugchecks', async () => {
    using unfixed = cluster('6.1.7600');
    let faults = 0;
    for (let i = 0; i < 200; i += 1) {
      await move(unfixed, 'vm', i % 2 === 0 ? 'h2' : 'h1');
      const { alive, faults: found } = unfixed.probe('vm');
      expect(alive).toBe(true);
      if (found.length > 0) faults += 1;
    }
    expect(faults).toBe(unfixed.ledger.totals().fault);
    // 1 - exp(-0.2) of 200 is 36; five standard deviations each way.
    expect(Math.abs(faults - 36)).toBeLessThan(27);
    expect(unfixed.ledger.totals().bugcheck).toBeUndefined();
  });

  test.each([
    ['6.1.7600', ['XCHG-FIX']],
    ['6.1.7601', []],
  ])('build %s with %j does not', async (osBuild, hotfixes) => {
    using fixed = cluster(osBuild, hotfixes);
    await campaign(fixed, 'vm', 100);
    expect(fixed.ledger.totals().fault).toBeUndefined();
  });
});

describe('injected faults', () => {
  test('a failed migration leaves the VM where it was, in the class that was asked for', async () => {
    const failure = { share: 1, class: 'resources', code: '0x8007000E', message: 'no', vms: [] };
    using cluster = startCluster({ faults: { ...noFaults, failedMigrations: [failure] } });
    const end = await move(cluster, 'vm', 'h2');
    expect(end).toMatchObject({ kind: 'failed', failure: { class: 'resources' } });
    expect(cluster.locate('vm')).toMatchObject({ host: 'h1', state: 'running' });
  });

  test('another bugcheck, a hang, a slow copy and a lost heartbeat each come as asked', async () => {
    const code = { share: 1, code: 0x50, parameters: [], module: 'ntfs', function: null };
    const faults = { ...noFaults, slowMigrations: { share: 1, factor: 10 } };
    using crashing = startCluster({ faults: { ...faults, otherBugchecks: [code] } });
    const end = await move(crashing, 'vm', 'h2');
    expect(end.kind === 'completed' && end.copyMs).toBeGreaterThan(30_000);
    await crashing.clock.sleep(2000);
    expect(crashing.locate('vm').state).toBe('failed');
    using hanging = startCluster({ faults: { ...noFaults, hungGuests: { share: 1 } } });
    await move(hanging, 'vm', 'h2');
    await hanging.clock.sleep(2000);
    expect(hanging.locate('vm').state).toBe('running');
    expect(hanging.probe('vm').alive).toBe(false);
    const lost = { share: 1, lastsMs: 5000 };
    using silent = startCluster({ faults: { ...noFaults, lostHeartbeats: lost } });
    await move(silent, 'vm', 'h2');
    expect(silent.probe('vm').alive).toBe(false);
    await silent.clock.sleep(5000);
    expect(silent.probe('vm').alive).toBe(true);
  });

  test('a host that goes down in mid-copy takes the VM with it, without a STOP', async () => {
    const outage = { host: 'h1', afterMs: null, afterMigrations: 1, lastsMs: 1000 };
    using cluster = startCluster({ faults: { ...noFaults, hostDown: [outage] } });
    expect((await move(cluster, 'vm', 'h2')).kind).toBe('unknown');
    expect(await cluster.recover('vm')).toMatchObject({ state: 'running' });
    expect(cluster.findBugcheck('vm', toInstant(0))).toBeNull();
  });
});

test('an outage added later comes once, at its time after the cluster began', async () => {
  const outage = { host: 'h1', afterMs: 10_000, afterMigrations: null, lastsMs: 1000 };
  using cluster = startCluster();
  await cluster.clock.sleep(4000);
  const faults = { ...noFaults, hostDown: [outage] };
  cluster.reconfigure({ ...cluster.options, faults });
  cluster.reconfigure({ ...cluster.options, faults: { ...faults, hungGuests: { share: 0.5 } } });
  await cluster.clock.sleep(5900);
  expect(cluster.ledger.totals()['host-crash']).toBeUndefined();
  await cluster.clock.sleep(60_000);
  expect(cluster.ledger.totals()).toMatchObject({ 'host-crash': 1, failover: 1 });
});

test('the demo preset is the lab of the story', () => {
  const { hosts, vms } = demoCluster();
  expect(hosts).toHaveLength(4);
  expect(vms.map((vm) => vm.name)).toEqual([
    'sql-1',
    'sql-2',
    'sql-4',
    'sql-8',
    'sql-fixed',
    'web-ide',
    'linux-compat',
    'idle-1',
  ]);
});
