import type { Host, Vm } from '../inventory.ts';
import { baseStopCode } from '../stop-codes.ts';
import { judgeImages } from './hypervisor-files.ts';
import { type ExposureVerdict, type KnownIssue, type Sighting, verdict } from './known-issue.ts';
import { windowsBuildOf } from './servicing.ts';

const fix = { version: '6.1.7601.21726', baselineRevision: 17_514 };

/**
 * The hypervisor fails on XRSTOR of a VM with processor compatibility. "Not all 0x20001 Stop
 * errors are caused by this issue", and the signature names no module: only a host whose
 * hypervisor verifiably lacks the fix, under such a VM, counts as it.
 */
export const kb2550569: KnownIssue = {
  id: 'KB2550569',
  title: 'Host STOP 0x20001 when a VM with processor compatibility runs on Intel Xeon',
  subject: 'host',
  fixedBy: `hvix64.exe / hvax64.exe ${fix.version} or later (LDR) on every host`,
  workaround: 'clear "Migrate to a physical computer with a different processor version"',
  explains,
  explainsFault: () => false,
  exposureOfHost,
  exposureOfVm,
};

function explains({ stop, subject, fingerprint }: Sighting): boolean {
  if (subject !== 'host' || stop.code === null || baseStopCode(stop.code) !== 0x20001) return false;
  if (fingerprint === null || fingerprint.settings['processorCompatibility'] !== 'true') {
    return false;
  }
  return fingerprint.hosts.some(
    (host) => judgeImages(host.files, 'Intel', fix).exposure === 'exposed',
  );
}

function exposureOfHost(host: Host): ExposureVerdict {
  if (host.osBuild !== null && windowsBuildOf(host.osBuild).build !== 7601) {
    return verdict('not-applicable', 'Only Windows Server 2008 R2 SP1 hosts have it.');
  }
  if (host.cpuVendor !== null && !/intel/i.test(host.cpuVendor)) {
    return verdict('not-applicable', `Published for Intel Xeon; this is ${host.cpuVendor}.`);
  }
  return judgeImages(host.hypervisorFiles, host.cpuVendor, fix);
}

function exposureOfVm(vm: Vm, through: ExposureVerdict): ExposureVerdict {
  if (vm.processorCompatibility === false) {
    return verdict('not-applicable', 'Processor compatibility is off.');
  }
  if (vm.processorCompatibility === null && through.exposure === 'exposed') {
    return { ...through, exposure: 'unknown', because: 'Processor compatibility was not read.' };
  }
  return through;
}
