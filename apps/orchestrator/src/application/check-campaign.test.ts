import type { NewCampaign } from '@gauntlet/shared/contracts/campaigns';
import type { Host, Inventory, Vm } from '@gauntlet/shared/domain/inventory';
import { toInstant } from '@gauntlet/shared/kernel/instant';
import { expect, test } from 'vitest';
import { checkCampaign } from './check-campaign.ts';
import { fillDefaults } from './fill-defaults.ts';

const clusterId = '01920000-0000-7000-8000-000000000000';

function aHost(name: string, change: Partial<Host> = {}): Host {
  return {
    name,
    state: 'up',
    osBuild: null,
    cpuVendor: null,
    hypervisorFiles: [],
    hotfixes: [],
    migrationsMax: 1,
    ...change,
  };
}

function aVm(name: string, change: Partial<Vm> = {}): Vm {
  return {
    id: `id-${name}`,
    name,
    host: 'a',
    state: 'running',
    guestOs: null,
    vcpus: 1,
    memoryMiB: 512,
    processorCompatibility: null,
    integrationServices: null,
    guestFiles: [],
    disks: [],
    tags: [],
    load: null,
    ...change,
  };
}

function check(
  asked: Partial<NewCampaign>,
  { hosts = [aHost('a'), aHost('b')], vms = [aVm('sql-1'), aVm('sql-2')] } = {},
) {
  const inventory: Inventory = { takenAt: toInstant(0), hosts, vms };
  const wish = { name: 'c', clusterId, stop: { attemptsMax: 10 }, ...asked };
  return checkCampaign(fillDefaults(wish), inventory);
}

test('a name and a stop rule are enough for every running VM of the cluster', () => {
  const { plan, faults } = check({});
  expect(faults).toEqual([]);
  expect(plan).toMatchObject({
    hosts: ['a', 'b'],
    arms: [
      {
        name: 'baseline',
        vms: [
          { id: 'id-sql-1', name: 'sql-1', home: 'a' },
          { id: 'id-sql-2', name: 'sql-2', home: 'a' },
        ],
      },
    ],
  });
});

test('every reason is named at once, each with its place in the body', () => {
  const { faults } = check({
    stop: {},
    arms: [
      { name: 'one', vms: { names: ['sql-9'] }, probability: 0.5 },
      { name: 'one', vms: { tags: ['gold'] }, probability: 0.6 },
    ],
    placement: { hosts: ['z'] },
  });
  expect(faults.map((fault) => fault.pointer)).toEqual([
    '/stop',
    '/arms/1/name',
    '/arms',
    '/placement/hosts/0',
    '/arms/0/vms/names/0',
    '/arms/1/vms/tags/0',
  ]);
  expect(faults.map((fault) => fault.detail).join('\n')).toMatch(/sql-9[\s\S]*gold/);
});

test('a VM that has one host cannot migrate', () => {
  const { faults } = check({}, { hosts: [aHost('a')], vms: [aVm('sql-3')] });
  expect(faults).toHaveLength(1);
  expect(faults[0]?.detail).toMatch(/^VM sql-3 has one host; a migration needs two/);
});

test('a host that is down or takes no migration is no second host', () => {
  for (const change of [{ state: 'down' }, { migrationsMax: 0 }] as const) {
    const { faults } = check({}, { hosts: [aHost('a'), aHost('b', change)], vms: [aVm('x')] });
    expect(faults[0]?.detail).toMatch(/^VM x has one host/);
  }
});

test('a power cycle needs one host only', () => {
  expect(check({ action: 'power-cycle' }, { hosts: [aHost('a')], vms: [aVm('x')] }).faults).toEqual(
    [],
  );
});

test('one VM in two arms is refused unless their fingerprints differ', () => {
  const vms = { names: ['sql-1'] };
  const same = check({
    arms: [
      { name: 'baseline', vms },
      { name: 'fixed', vms },
    ],
  });
  expect(same.faults[0]?.detail).toMatch(/sql-1 is in the arms baseline and fixed/);
  const told = check({
    arms: [
      { name: 'baseline', vms, fingerprint: { hotfixesAbsent: ['KB2636573'] } },
      { name: 'fixed', vms, fingerprint: { hotfixes: ['KB2636573'] } },
    ],
  });
  expect(told.faults).toEqual([]);
});

test('arms without a probability share evenly what the others leave', () => {
  const config = fillDefaults({
    name: 'c',
    clusterId,
    stop: { attemptsMax: 1 },
    arms: [{ name: 'a', probability: 0.5 }, { name: 'b' }, { name: 'c' }],
  });
  expect(config.arms.map((arm) => arm.probability)).toEqual([0.5, 0.25, 0.25]);
});

test('a VM that is off is refused by name and left out with a warning otherwise', () => {
  const vms = [aVm('on'), aVm('off', { state: 'off', host: null })];
  expect(check({ arms: [{ name: 'a', vms: { names: ['off'] } }] }, { vms }).faults[0]?.detail).toBe(
    'VM off is off and on no known host; start it first',
  );
  const all = check({}, { vms });
  expect(all.faults).toEqual([]);
  expect(all.plan.arms[0]?.vms.map((vm) => vm.name)).toEqual(['on']);
  expect(all.warnings).toEqual(['VM off is left out: it is off']);
});

test('a name that two VMs carry is refused, their ids are taken', () => {
  const vms = [aVm('twin', { id: '1' }), aVm('twin', { id: '2' })];
  const arms = (name: string) => [{ name: 'a', vms: { names: [name] } }];
  expect(check({ arms: arms('twin') }, { vms }).faults[0]?.detail).toMatch(/2 VMs are called twin/);
  expect(check({ arms: arms('2') }, { vms }).plan.arms[0]?.vms.map((vm) => vm.id)).toEqual(['2']);
});
