import { describe, expect, test } from 'vitest';
import { toInstant } from '../kernel/instant.ts';
import type { StopError } from './bugcheck.ts';
import type { Disk, Fingerprint, Host, Inventory, Vm } from './inventory.ts';
import { judgeFile, parseServicedVersion, windowsBuildOf } from './known-issues/servicing.ts';
import { evaluateExposure, matchKnownFault, matchKnownIssue } from './known-issues.ts';

const stop: StopError = {
  code: 0xd1,
  parameters: [],
  module: 'storvsc',
  function: 'StorChannelVmbusCallback',
  offset: null,
  reason: null,
};
const hypervisor: StopError = { ...stop, code: 0x20001, module: null, function: null };

describe('KB2636573', () => {
  test('the storvsc function decides, whatever the offset', () => {
    expect(matchKnownIssue(stop, 'guest', null)?.id).toBe('KB2636573');
    const typed = { ...stop, module: 'Storvsc.sys', function: 'StorChannelVmbusCallback+2b5' };
    expect(matchKnownIssue(typed, 'guest', null)?.id).toBe('KB2636573');
  });

  test('the code alone, another function or a host never does', () => {
    expect(matchKnownIssue({ ...stop, module: null, function: null }, 'guest', null)).toBeNull();
    expect(matchKnownIssue({ ...stop, function: 'SpSomethingElse' }, 'guest', null)).toBeNull();
    expect(matchKnownIssue({ ...stop, module: 'netvsc' }, 'guest', null)).toBeNull();
    expect(matchKnownIssue(stop, 'host', null)).toBeNull();
  });

  test('the same crash with the hotfix on every host is another defect', () => {
    expect(matchKnownIssue(stop, 'guest', fingerprint(['KB2636573'], '6.1.7601.17514'))).toBeNull();
    expect(matchKnownIssue(stop, 'guest', fingerprint([], '6.1.7601.17514'))?.id).toBe('KB2636573');
  });

  test('exposure follows the hotfix, the build and SCSI disks', () => {
    expect(hostExposure('KB2636573', host({}))).toBe('exposed');
    expect(hostExposure('KB2636573', host({ hotfixes: ['KB2636573'] }))).toBe('fixed');
    expect(hostExposure('KB2636573', host({ osBuild: '10.0.20348' }))).toBe('not-applicable');
    expect(hostExposure('KB2636573', host({ osBuild: '6.0.6002' }))).toBe('unknown');
    expect(hostExposure('KB2636573', host({ hypervisorFiles: [] }))).toBe('unknown');
    expect(hostExposure('KB2636573', host({ osBuild: null, hypervisorFiles: [] }))).toBe('unknown');
    expect(hostExposure('KB2636573', host({ osBuild: 'qemu 7.2' }))).toBe('not-applicable');
    expect(vmExposure('KB2636573', vm({}), [host({})])).toBe('exposed');
    expect(vmExposure('KB2636573', vm({ disks: [disk('ide')] }), [host({})])).toBe(
      'not-applicable',
    );
    expect(vmExposure('KB2636573', vm({ guestOs: 'Red Hat 6' }), [host({})])).toBe('unknown');
    expect(vmExposure('KB2636573', vm({}), [host({ hotfixes: ['KB2636573'] })])).toBe('fixed');
    expect(
      vmExposure('KB2636573', vm({}), [host({}), host({ name: 'hv2', hotfixes: ['KB2636573'] })]),
    ).toBe('exposed');
  });
});

describe('KB2550569', () => {
  const exposed = fingerprint([], '6.1.7601.17514', { processorCompatibility: 'true' });

  test('0x20001 counts only on a host that lacks the fix, under processor compatibility', () => {
    expect(matchKnownIssue(hypervisor, 'host', exposed)?.id).toBe('KB2550569');
    expect(matchKnownIssue(hypervisor, 'host', null)).toBeNull();
    expect(matchKnownIssue(hypervisor, 'guest', exposed)).toBeNull();
    const off = { ...exposed, settings: { processorCompatibility: 'false' } };
    expect(matchKnownIssue(hypervisor, 'host', off)).toBeNull();
    const fixed = fingerprint([], '6.1.7601.21726', exposed.settings);
    expect(matchKnownIssue(hypervisor, 'host', fixed)).toBeNull();
  });

  test('exposure follows the image of the processor, the branch and the setting', () => {
    expect(hostExposure('KB2550569', host({}))).toBe('exposed');
    expect(hostExposure('KB2550569', host({ files: '6.1.7601.21726' }))).toBe('fixed');
    expect(hostExposure('KB2550569', host({ files: '6.1.7601.21999' }))).toBe('fixed');
    expect(hostExposure('KB2550569', host({ files: '6.1.7601.21725' }))).toBe('exposed');
    expect(hostExposure('KB2550569', host({ files: '6.1.7601.18000' }))).toBe('unknown');
    expect(hostExposure('KB2550569', host({ cpuVendor: 'AMD' }))).toBe('not-applicable');
    expect(hostExposure('KB2550569', host({ osBuild: '6.1.7600' }))).toBe('not-applicable');
    expect(hostExposure('KB2550569', host({ hypervisorFiles: [] }))).toBe('unknown');
    expect(vmExposure('KB2550569', vm({ processorCompatibility: true }), [host({})])).toBe(
      'exposed',
    );
    expect(vmExposure('KB2550569', vm({}), [host({})])).toBe('not-applicable');
    expect(vmExposure('KB2550569', vm({ processorCompatibility: null }), [host({})])).toBe(
      'unknown',
    );
  });

  test('the file of the other vendor does not speak for this host', () => {
    const files = [
      { name: 'Hvix64.exe', version: '6.1.7601.17514' },
      { name: 'Hvax64.exe', version: '6.1.7601.21726' },
    ];
    expect(hostExposure('KB2550569', host({ hypervisorFiles: files }))).toBe('exposed');
  });
});

describe('XCHG', () => {
  test('a lost exchange on an unfixed host bears witness, a lost page does not', () => {
    const unfixed = fingerprint([], '6.1.7600.16385');
    expect(matchKnownFault('xchg', unfixed)?.id).toBe('xchg-not-atomic');
    expect(matchKnownFault('page-checker', unfixed)).toBeNull();
    expect(matchKnownFault('xchg', null)).toBeNull();
    expect(matchKnownFault('xchg', fingerprint([], '6.1.7600.20888'))).toBeNull();
  });

  test('each product has its own first fixed version', () => {
    const rtm = (files: string) =>
      hostExposure('xchg-not-atomic', host({ osBuild: '6.1.7600', files }));
    expect(rtm('6.1.7600.16385')).toBe('exposed');
    expect(rtm('6.1.7600.20888')).toBe('fixed');
    // Larger than 20888 as a number, but of a service pack nothing was published for.
    expect(rtm('6.1.7601.17514')).toBe('unknown');
    expect(hostExposure('xchg-not-atomic', host({}))).toBe('unknown');
    const sp2 = (files: string) =>
      hostExposure('xchg-not-atomic', host({ osBuild: '6.0.6002', files }));
    expect(sp2('6.0.6002.18005')).toBe('exposed');
    expect(sp2('6.0.6002.22492')).toBe('fixed');
    expect(hostExposure('xchg-not-atomic', host({ osBuild: '6.3.9600' }))).toBe('not-applicable');
  });
});

test('file versions are compared inside one branch of one product only', () => {
  const fix = { version: '6.1.7601.21726', baselineRevision: 17_514 };
  expect(judgeFile('6.1.7601.22000', fix)).toBe('fixed');
  expect(judgeFile('6.1.7601.18869', fix)).toBe('unknown');
  expect(judgeFile('6.2.9200.16384', fix)).toBe('other-product');
  expect(judgeFile('not a version', fix)).toBe('unknown');
  expect(parseServicedVersion('6.1.7601.21726 (win7sp1_ldr.110511-1508)')?.revision).toBe(21_726);
  expect(parseServicedVersion('6.1.7601.21726.1')).toBeNull();
});

test('builds are read as Windows writes them', () => {
  expect(windowsBuildOf('7601')).toEqual({ product: 'windows-2008-r2', build: 7601 });
  expect(windowsBuildOf('6.1.7601.17514')).toEqual({ product: 'windows-2008-r2', build: 7601 });
  expect(windowsBuildOf('10.0.26100')).toEqual({ product: 'later', build: 26_100 });
  expect(windowsBuildOf('Linux 6.1.0')).toEqual({ product: 'none', build: null });
});

test('a verdict names the files it was read from', () => {
  const [, xrstor] = evaluateExposure({ takenAt: toInstant(0), hosts: [host({})], vms: [] });
  expect(xrstor?.subjects[0]?.filesRead).toEqual([
    { name: 'Hvix64.exe', version: '6.1.7601.17514' },
  ]);
});

function fingerprint(
  hotfixes: readonly string[],
  version: string,
  settings: Record<string, string> = {},
): Fingerprint {
  const files = [{ name: 'hvix64.exe', version }];
  return { hosts: [{ name: 'hv1', files, hotfixes }], guestFiles: [], settings };
}

function host(change: Partial<Host> & { files?: string }): Host {
  const { files = '6.1.7601.17514', ...rest } = change;
  return {
    name: 'hv1',
    state: 'up',
    osBuild: '6.1.7601',
    cpuVendor: 'GenuineIntel',
    hypervisorFiles: [{ name: 'Hvix64.exe', version: files }],
    hotfixes: [],
    migrationsMax: 1,
    ...rest,
  };
}

function disk(controller: Disk['controller']): Disk {
  return { controller, format: 'dynamic', sizeMaxMiB: 1024, fileSizeMiB: null };
}

function vm(change: Partial<Vm>): Vm {
  return {
    id: 'vm-1',
    name: 'sql-1',
    host: 'hv1',
    state: 'running',
    guestOs: 'Windows Server 2008 R2',
    vcpus: 2,
    memoryMiB: 4096,
    processorCompatibility: false,
    integrationServices: null,
    guestFiles: [],
    disks: [disk('scsi'), disk('ide')],
    tags: [],
    load: null,
    ...change,
  };
}

function exposureOf(id: string, inventory: Inventory, kind: 'host' | 'vm') {
  const issue = evaluateExposure(inventory).find((one) => one.id === id);
  return issue?.subjects.find((subject) => subject.kind === kind)?.exposure;
}

function hostExposure(id: string, one: Host) {
  return exposureOf(id, { takenAt: toInstant(0), hosts: [one], vms: [] }, 'host');
}

function vmExposure(id: string, one: Vm, hosts: readonly Host[]) {
  return exposureOf(id, { takenAt: toInstant(0), hosts, vms: [one] }, 'vm');
}
