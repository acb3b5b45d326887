import { expect, test } from 'vitest';
import { demoCluster, demoTimeScale } from './presets.ts';
import { resolveCluster } from './resolve-options.ts';

test('nothing wished for is the demo', () => {
  const { options, timeScale, contradictions } = resolveCluster({});
  expect(options).toEqual(demoCluster());
  expect(timeScale).toBe(demoTimeScale);
  expect(contradictions).toEqual([]);
});

test('hotfixes go to every host, or to those that are named', () => {
  const all = resolveCluster({ preset: 'demo', hotfixes: ['KB2636573'] });
  expect(all.options.hosts.every((host) => host.hotfixes.includes('KB2636573'))).toBe(true);
  const one = resolveCluster({ preset: 'demo', hotfixes: { 'host-2': ['KB2636573'] } });
  expect(one.options.hosts.map((host) => host.hotfixes.length)).toEqual([0, 1, 0, 0]);
});

test('VMs without a host are dealt out, disks are counted out, time is true', () => {
  const { options, timeScale } = resolveCluster({
    hosts: [{ name: 'a' }, { name: 'b', migrationsMax: 2 }],
    vms: [
      { name: 'x', disks: [{ controller: 'scsi', format: 'dynamic', count: 3 }] },
      { name: 'y', os: 'linux' },
    ],
  });
  expect(options.hosts.map((host) => host.migrationsMax)).toEqual([1, 2]);
  expect(options.vms.map((vm) => [vm.id, vm.host, vm.disks.length])).toEqual([
    ['x', 'a', 3],
    ['y', 'b', 0],
  ]);
  expect(timeScale).toBe(1);
});

test('every contradiction is named at once', () => {
  const { contradictions } = resolveCluster({
    hosts: [{ name: 'a' }, { name: 'a' }],
    vms: [{ name: 'x', host: 'nowhere' }, { name: 'x' }],
    hotfixes: { c: ['KB1'] },
    faults: {
      hostDown: [{ host: 'd', afterMs: 5 }],
      failedMigrations: [{ share: 1, class: 'busy', vms: ['z'] }],
    },
  });
  expect(contradictions).toHaveLength(6);
});

test('hosts have room for the VMs of any one of them, unless they are wished smaller', () => {
  const vms = Array.from({ length: 64 }, (_, i) => ({ name: `vm-${i}`, memoryMiB: 16_384 }));
  const { options } = resolveCluster({
    hosts: [{ name: 'a' }, { name: 'b', memoryMiB: 100 }],
    vms,
  });
  expect(options.hosts.map((host) => host.memoryMiB)).toEqual([2 * 64 * 16_384, 100]);
});
