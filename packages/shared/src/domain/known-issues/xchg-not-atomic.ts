import type { Fingerprint, Host, Vm } from '../inventory.ts';
import { judgeImages } from './hypervisor-files.ts';
import { type ExposureVerdict, type KnownIssue, verdict } from './known-issue.ts';
import { type PublishedFix, windowsBuildOf } from './servicing.ts';

/** By build: Windows Server 2008 R2 without a service pack, Windows Server 2008 SP2. */
const fixes: ReadonlyMap<number, PublishedFix> = new Map([
  [7600, { version: '6.1.7600.20888', baselineRevision: 16_385 }],
  [6002, { version: '6.0.6002.22492', baselineRevision: 18_005 }],
]);

/**
 * The hypervisor emulates XCHG in several steps, so InterlockedExchange loses values. There is no
 * bugcheck: an application hangs or throws, and a probe inside the guest sees a lost exchange.
 */
export const xchgNotAtomic: KnownIssue = {
  id: 'xchg-not-atomic',
  title: 'InterlockedExchange loses values in guests: emulated XCHG is not atomic',
  subject: 'application',
  fixedBy: 'hvix64.exe 6.1.7600.20888 (2008 R2) or 6.0.6002.22492 (2008 SP2) or later (LDR)',
  workaround: null,
  explains: () => false,
  explainsFault,
  exposureOfHost,
  exposureOfVm,
};

function explainsFault(probe: string, fingerprint: Fingerprint | null): boolean {
  if (!/^xchg\b/i.test(probe) || fingerprint === null) return false;
  return fingerprint.hosts.some((host) =>
    [...fixes.values()].some((fix) => judgeImages(host.files, null, fix).exposure === 'exposed'),
  );
}

function exposureOfHost(host: Host): ExposureVerdict {
  if (host.osBuild === null) {
    return verdict('unknown', 'The build of the host could not be read.');
  }
  const { product, build } = windowsBuildOf(host.osBuild);
  const fix = build === null ? undefined : fixes.get(build);
  if (fix !== undefined) return judgeImages(host.hypervisorFiles, host.cpuVendor, fix);
  if (product === 'windows-2008' || product === 'windows-2008-r2') {
    return verdict('unknown', `No first fixed version was published for build ${build}.`);
  }
  return verdict('not-applicable', 'Only Windows Server 2008 and 2008 R2 hosts have it.');
}

function exposureOfVm(_vm: Vm, through: ExposureVerdict): ExposureVerdict {
  return through;
}
