import type { Fingerprint, Host, Vm } from '../inventory.ts';
import { imageOf, symbolOf } from '../signature.ts';
import { baseStopCode } from '../stop-codes.ts';
import { type ExposureVerdict, type KnownIssue, type Sighting, verdict } from './known-issue.ts';
import { findFile, parseServicedVersion, windowsBuildOf } from './servicing.ts';

const hotfix = 'KB2636573';

/**
 * StorVSP modified guest memory while the source's virtual motherboard was powered off: storvsc
 * then touched a freed buffer. Its article publishes no file version we could check, so the
 * presence of the hotfix itself decides.
 */
export const kb2636573: KnownIssue = {
  id: hotfix,
  title: 'Guest STOP 0xD1 in storvsc!StorChannelVmbusCallback during live migration',
  subject: 'guest',
  fixedBy: `hotfix ${hotfix} on every host`,
  workaround: 'attach disks to IDE, or use fixed VHDs (rarer, not never)',
  explains,
  explainsFault: () => false,
  exposureOfHost,
  exposureOfVm,
};

function explains({ stop, subject, fingerprint }: Sighting): boolean {
  if (subject !== 'guest' || stop.code === null || baseStopCode(stop.code) !== 0xd1) return false;
  if (stop.module === null || imageOf(stop.module) !== 'storvsc') return false;
  // A minidump without symbols names the image only; a function that was named must be the one.
  const symbol = stop.function === null ? null : symbolOf(stop.function);
  if (symbol !== null && symbol !== 'StorChannelVmbusCallback') return false;
  return fingerprint === null || !isFixedEverywhere(fingerprint);
}

function isFixedEverywhere({ hosts }: Fingerprint): boolean {
  return hosts.length > 0 && hosts.every((host) => hasHotfix(host.hotfixes));
}

function exposureOfHost(host: Host): ExposureVerdict {
  const storvsp = findFile(host.hypervisorFiles, 'storvsp.sys');
  const filesRead = storvsp === undefined ? [] : [storvsp];
  if (hasHotfix(host.hotfixes)) {
    return verdict('fixed', `${hotfix} is installed.`, filesRead);
  }
  const product = productOf(host);
  switch (product) {
    case null:
      return verdict('unknown', 'The build of the host could not be read.', filesRead);
    case 'windows-2008':
      return verdict('unknown', 'Published for 2008 R2; 2008 was never tested.', filesRead);
    case 'windows-2008-r2':
      return wereHotfixesRead(host)
        ? verdict('exposed', `Windows Server 2008 R2 without ${hotfix}.`, filesRead)
        : verdict('unknown', 'The list of installed hotfixes could not be read.', filesRead);
    default:
      return verdict('not-applicable', 'Only Windows Server 2008 R2 hosts have it.', filesRead);
  }
}

function exposureOfVm(vm: Vm, through: ExposureVerdict): ExposureVerdict {
  const scsi = vm.disks.filter(
    (disk) => disk.controller === 'scsi' && disk.format !== 'passthrough',
  );
  if (scsi.length === 0) {
    return verdict('not-applicable', 'No VHD is attached to a SCSI controller.');
  }
  if (vm.guestOs !== null && !/windows/i.test(vm.guestOs)) {
    return verdict('unknown', 'Published for Windows guests only.');
  }
  const dynamic = scsi.filter((disk) => disk.format !== 'fixed').length;
  const disks = `${scsi.length} SCSI VHD${scsi.length === 1 ? '' : 's'}, ${dynamic} of them growing`;
  const storvsc = findFile(vm.guestFiles, 'storvsc.sys');
  return {
    ...through,
    because: `${disks}; ${through.because}`,
    filesRead: storvsc === undefined ? through.filesRead : [...through.filesRead, storvsc],
  };
}

function productOf(host: Host) {
  const build = host.osBuild ?? buildOfFiles(host);
  return build === null ? null : windowsBuildOf(build).product;
}

function buildOfFiles(host: Host): string | null {
  for (const file of host.hypervisorFiles) {
    const version = parseServicedVersion(file.version);
    if (version !== null) return `${version.major}.${version.minor}.${version.build}`;
  }
  return null;
}

/** No file and no hotfix read means that nobody could look, not that none is installed. */
function wereHotfixesRead(host: Host): boolean {
  return host.hotfixes.length > 0 || host.hypervisorFiles.length > 0;
}

function hasHotfix(hotfixes: readonly string[]): boolean {
  return hotfixes.some((name) => name.toUpperCase().includes('2636573'));
}
