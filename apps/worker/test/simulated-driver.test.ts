import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DriverContext } from '../src/application/ports.ts';
import { openSimulatedDriver } from '../src/drivers/simulated/simulated-driver.ts';
import { testDriver } from './contract/driver-contract.ts';

let root = '';
let folders = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'gauntlet-simulated-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const silent = { info() {}, warn() {}, error() {} };
const never = new AbortController().signal;

function aContext(options: unknown, stateDir = ''): DriverContext {
  folders += 1;
  return {
    clusterId: '0190c0de-0000-7000-8000-000000000002',
    clusterName: 'demo',
    options,
    clock: systemClock,
    stateDir: stateDir === '' ? join(root, `${folders}`) : stateDir,
    log: silent,
    secret: () => undefined,
  };
}

const twoHosts = {
  hosts: [{ name: 'h1' }, { name: 'h2' }],
  vms: [{ name: 'vm', disks: [{ controller: 'scsi', format: 'dynamic', count: 4 }] }],
  timeScale: 1000,
};

testDriver('simulated, in-process', async () => {
  const driver = await openSimulatedDriver(aContext(twoHosts));
  return {
    driver,
    vmId: 'vm',
    hosts: ['h1', 'h2'] as const,
    provokeBugcheck: (vmId) => driver.crash(vmId),
    [Symbol.asyncDispose]: () => driver[Symbol.asyncDispose](),
  };
});

describe('in-process cluster', () => {
  test('options name every fault', async () => {
    const options = { timeScale: 0, hosts: [{ nam: 'h' }], unknown: 1 };
    await expect(openSimulatedDriver(aContext(options))).rejects.toMatchObject({
      code: 'driver.options',
      details: {
        errors: expect.arrayContaining([
          expect.objectContaining({ pointer: '/timeScale' }),
          expect.objectContaining({ pointer: '/hosts/0/name' }),
          expect.objectContaining({ pointer: '/unknown' }),
        ]),
      },
    });
    await expect(
      openSimulatedDriver(aContext({ hosts: [{ name: 'a' }], vms: [{ name: 'v', host: 'b' }] })),
    ).rejects.toMatchObject({ code: 'driver.options' });
  });

  test('a storvsc bugcheck shows its code at once and its function in the evidence', async () => {
    const vms = [
      { name: 'vm', load: 6, disks: [{ controller: 'scsi', format: 'dynamic', count: 16 }] },
    ];
    await using driver = await openSimulatedDriver(aContext({ ...twoHosts, vms }));
    const since = driver.clock.now();
    const stops: unknown[] = [];
    await driver.watch('vm', (event) => event.kind === 'bugcheck' && stops.push(event.stop), never);
    for (let i = 0; i < 300 && stops.length === 0; i += 1) {
      const [source = '', target = ''] = i % 2 === 0 ? ['h1', 'h2'] : ['h2', 'h1'];
      const request = { attemptId: 'a', vmId: 'vm', source, target, timeoutMs: 1e6 };
      expect(await driver.migrate(request, never)).toMatchObject({ kind: 'completed' });
    }
    expect(stops[0]).toMatchObject({ code: 0xd1, module: null });
    const request = { attemptId: 'a', vmId: 'vm', hosts: ['h1', 'h2'], since };
    const { evidence, stop } = await driver.collectEvidence(request, never);
    expect(stop).toMatchObject({ module: 'storvsc', function: 'StorChannelVmbusCallback' });
    const texts = evidence.map(({ bytes }) => new TextDecoder().decode(bytes));
    expect(texts[0]).toContain('<VmErrorCode0>0xD1</VmErrorCode0>');
    expect(texts[1]).toContain('storvsc!StorChannelVmbusCallback+2b8');
  });

  test('a new driver on the same folder goes on where the last one stopped', async () => {
    const context = aContext(twoHosts);
    const first = await openSimulatedDriver(context);
    const request = { attemptId: 'a', vmId: 'vm', source: 'h1', target: 'h2', timeoutMs: 1e6 };
    await first.migrate(request, never);
    const endedAt = first.clock.now();
    await first[Symbol.asyncDispose]();
    await using second = await openSimulatedDriver(aContext(twoHosts, context.stateDir));
    expect(await second.locate('vm', never)).toMatchObject({ host: 'h2' });
    expect(second.clock.now()).toBeGreaterThanOrEqual(endedAt);
  });

  test('new options reach the running cluster: the hotfix is installed, nothing moves', async () => {
    const context = aContext(twoHosts);
    await using first = await openSimulatedDriver(context);
    const request = { attemptId: 'a', vmId: 'vm', source: 'h1', target: 'h2', timeoutMs: 1e6 };
    await first.migrate(request, never);
    const fixed = { ...twoHosts, hotfixes: ['KB2636573', 'KB2550569'] };
    await using second = await openSimulatedDriver(aContext(fixed, context.stateDir));
    const { hosts, vms } = await second.inventory(never);
    expect(hosts[0]).toMatchObject({
      hotfixes: ['KB2636573', 'KB2550569'],
      hypervisorFiles: [
        { name: 'Hvix64.exe', version: '6.1.7601.21726' },
        { name: 'Hvax64.exe', version: '6.1.7601.21726' },
      ],
    });
    expect(vms[0]).toMatchObject({ host: 'h2' });
    expect(await first.inventory(never)).toMatchObject({ hosts });
  });
});
