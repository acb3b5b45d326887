import { expect, test } from 'vitest';
import type { StopError } from '../bugcheck.ts';
import type { Fingerprint, Host, Vm } from '../inventory.ts';
import { matchKnownFault, matchKnownIssue } from '../known-issues.ts';
import { exposureThroughHosts } from './known-issue.ts';
import { qemuLostPages } from './qemu-lost-pages.ts';

const anyPanic: StopError = {
  code: null,
  parameters: [],
  module: 'vmlinux',
  function: 'rb_insert_color',
  offset: 4,
  reason: 'BUG: unable to handle page fault for address: 0000000000000008',
};

function host(version: string, accelerator = 'accel-tcg'): Host {
  return {
    name: 'slot-0',
    state: 'up',
    osBuild: `qemu ${version}`,
    cpuVendor: null,
    hypervisorFiles: [
      { name: 'qemu-system-x86_64', version },
      { name: accelerator, version },
    ],
    hotfixes: [],
    migrationsMax: 2,
  };
}

function vm(ramKiB: number, tags: string[] = ['ram-copied']): Vm {
  return {
    id: 'vm',
    name: 'vm',
    host: 'slot-0',
    state: 'running',
    guestOs: 'Linux',
    vcpus: 1,
    memoryMiB: ramKiB / 1024,
    processorCompatibility: null,
    integrationServices: null,
    guestFiles: [],
    disks: [],
    tags,
    load: null,
  };
}

function fingerprint(settings: Record<string, string>, version = '7.2.22'): Fingerprint {
  const files = [{ name: 'qemu-system-x86_64', version }];
  return {
    hosts: [{ name: 'slot-0', files, hotfixes: [] }],
    guestFiles: [],
    settings: { accelerator: 'tcg', ramMode: 'copied', ramKiB: '98304', race: 'off', ...settings },
  };
}

function exposureOf(ramKiB: number, hosts: Host[], tags?: string[]) {
  const through = exposureThroughHosts(hosts, (one) => qemuLostPages.exposureOfHost(one));
  return qemuLostPages.exposureOfVm(vm(ramKiB, tags), through).exposure;
}

test('exposed is what was measured, not-applicable the workaround, unknown everything else', () => {
  expect(exposureOf(98_304, [host('7.2.22')])).toBe('exposed');
  expect(exposureOf(98_560, [host('7.2.22')])).toBe('exposed');
  expect(exposureOf(98_312, [host('7.2.22')])).toBe('not-applicable');
  expect(exposureOf(98_304, [host('7.2.22')], ['ram-shared'])).toBe('not-applicable');
  expect(exposureOf(98_304, [host('7.2.22', 'accel-kvm')])).toBe('not-applicable');
  for (const version of ['7.2.21', '8.2.0', '9.1.0']) {
    expect(exposureOf(98_304, [host(version)])).toBe('unknown');
    expect(exposureOf(98_312, [host(version)])).toBe('unknown');
  }
  expect(exposureOf(98_304, [{ ...host('7.2.22'), hypervisorFiles: [] }])).toBe('not-applicable');
});

test('any panic of an exposed guest may be its work, none of a guest with the workaround', () => {
  const found = (settings: Record<string, string>, stop = anyPanic) =>
    matchKnownIssue(stop, 'guest', fingerprint(settings))?.id;
  expect(found({})).toBe('qemu-lost-pages-tcg');
  expect(found({ ramKiB: '98312' })).toBeUndefined();
  expect(found({ ramMode: 'shared' })).toBeUndefined();
  expect(found({ accelerator: 'kvm' })).toBeUndefined();
  expect(found({ race: 'init' })).toBeUndefined();
  expect(found({}, { ...anyPanic, reason: 'sysrq triggered crash' })).toBeUndefined();
  expect(matchKnownIssue(anyPanic, 'guest', null)).toBeNull();
  expect(matchKnownIssue(anyPanic, 'guest', fingerprint({}, '9.2.0'))).toBeNull();
});

test('a page checker that found a lost update bears witness', () => {
  expect(matchKnownFault('page-checker', fingerprint({}))?.id).toBe('qemu-lost-pages-tcg');
  expect(matchKnownFault('page-checker', fingerprint({ ramKiB: '98312' }))).toBeNull();
  expect(matchKnownFault('xchg', fingerprint({}))).toBeNull();
});
