import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluateExposure } from '@gauntlet/shared/domain/known-issues';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { openSimulatedDriver } from '../../src/drivers/simulated/simulated-driver.ts';
import { testDriver } from '../contract/driver-contract.ts';
import { aContext, aMove, never, twoHosts } from './driver-context.ts';

let root = '';
let folders = 0;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'gauntlet-simulated-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

function newFolder(): string {
  folders += 1;
  return join(root, `${folders}`);
}

const open = (options: object, stateDir = newFolder()) =>
  openSimulatedDriver(aContext(options, stateDir));

testDriver('simulated, in-process', async () => {
  const driver = await open(twoHosts);
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
    await expect(open(options)).rejects.toMatchObject({
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
      open({ hosts: [{ name: 'a' }], vms: [{ name: 'v', host: 'b' }] }),
    ).rejects.toMatchObject({ code: 'driver.options' });
  });

  test('a storvsc bugcheck shows its code at once and its function in the evidence', async () => {
    const vms = [
      { name: 'vm', load: 6, disks: [{ controller: 'scsi', format: 'dynamic', count: 16 }] },
    ];
    await using driver = await open({ ...twoHosts, vms });
    const since = driver.clock.now();
    const stops: unknown[] = [];
    await driver.watch('vm', (event) => event.kind === 'bugcheck' && stops.push(event.stop), never);
    for (let i = 0; i < 300 && stops.length === 0; i += 1) {
      const [source = '', target = ''] = i % 2 === 0 ? ['h1', 'h2'] : ['h2', 'h1'];
      expect(await driver.migrate(aMove(source, target), never)).toMatchObject({
        kind: 'completed',
      });
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
    const folder = newFolder();
    const first = await open(twoHosts, folder);
    await first.migrate(aMove('h1', 'h2'), never);
    const endedAt = first.clock.now();
    await first[Symbol.asyncDispose]();
    await using second = await open(twoHosts, folder);
    expect(await second.locate('vm', never)).toMatchObject({ host: 'h2' });
    expect(second.clock.now()).toBeGreaterThanOrEqual(endedAt);
  });

  test('a driver made while the last one is closing waits and goes on from there', async () => {
    const folder = newFolder();
    const first = await open(twoHosts, folder);
    await first.migrate(aMove('h1', 'h2'), never);
    const closing = first[Symbol.asyncDispose]();
    await using second = await open(twoHosts, folder);
    await closing;
    expect(await second.migrate(aMove('h2', 'h1'), never)).toMatchObject({ kind: 'completed' });
  });

  test('new options reach the running cluster: the hotfix is installed, nothing moves', async () => {
    const folder = newFolder();
    await using first = await open(twoHosts, folder);
    await first.migrate(aMove('h1', 'h2'), never);
    const fixed = { ...twoHosts, hotfixes: ['KB2636573', 'KB2550569'] };
    await using second = await open(fixed, folder);
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

  test('known issues find the demo exposed, and fixed once the hotfixes are in', async () => {
    const judge = async (hotfixes: string[]) => {
      await using driver = await open({ preset: 'demo', hotfixes });
      const issues = evaluateExposure(await driver.inventory(never));
      const of = (id: string, name: string) =>
        issues.find((issue) => issue.id === id)?.subjects.find((one) => one.name === name)
          ?.exposure;
      return {
        sql: of('KB2636573', 'sql-4'),
        ide: of('KB2636573', 'web-ide'),
        host: of('KB2550569', 'host-1'),
        linux: of('KB2550569', 'linux-compat'),
      };
    };
    const unfixed = { sql: 'exposed', ide: 'not-applicable', host: 'exposed', linux: 'exposed' };
    expect(await judge([])).toEqual(unfixed);
    const fixed = { sql: 'fixed', ide: 'not-applicable', host: 'fixed', linux: 'fixed' };
    expect(await judge(['KB2636573', 'KB2550569'])).toEqual(fixed);
  });

  test('a cluster saved in mid-campaign by a killed worker repeats no draw', async () => {
    const folder = newFolder();
    await using first = await open(twoHosts, folder);
    await first.migrate(aMove('h1', 'h2'), never);
    const saved = async () =>
      JSON.parse(await readFile(join(folder, 'simulated-cluster.json'), 'utf8'));
    await vi.waitFor(async () => expect((await saved()).migrationsBegun).toBe(1), 5000);
    const copy = newFolder();
    await cp(folder, copy, { recursive: true });
    await using second = await open(twoHosts, copy);
    expect(await second.locate('vm', never)).toMatchObject({ host: 'h2' });
    expect((await saved()).vms[0].migrations).toBeGreaterThan(5000);
  });
});
