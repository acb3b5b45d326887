import type { FileVersion, Fingerprint, Host, Vm } from '../inventory.ts';
import { type ExposureVerdict, type KnownIssue, type Sighting, verdict } from './known-issue.ts';

/** QEMU versions on which lost pages were measured, with the numbers in docs/qemu.md. */
const measuredVersions: ReadonlySet<string> = new Set(['7.2.22']);
const qemuFile = 'qemu-system-x86_64';
/** RAM blocks of a multiple of 64 pages of 4 KiB are synchronised on the path that loses writes. */
const ramKiBStep = 256;

const presumedFix =
  'presumed: QEMU 9.0, by a patch posted in February 2024. Inferred from the dependence on the ' +
  'RAM size; no newer QEMU was tested';

/**
 * In pre-copy migration under TCG, writes to a page after its dirty bit was cleared may not be
 * noticed, so the guest arrives with memory one write old and dies of anything, anywhere: no
 * signature of a crash can name it. What decides is the configuration of the moment.
 */
export const qemuLostPages: KnownIssue = {
  id: 'qemu-lost-pages-tcg',
  title: 'QEMU lost dirty pages (TCG): guests arrive with stale memory',
  subject: 'guest',
  fixedBy: presumedFix,
  workaround: 'a RAM size that is no multiple of 256 KiB (such as 98312 KiB), or shared RAM',
  explains,
  explainsFault: (probe, fingerprint) =>
    probe === 'page-checker' && fingerprint !== null && isTriggered(fingerprint),
  exposureOfHost,
  exposureOfVm,
};

function explains({ stop, subject, fingerprint }: Sighting): boolean {
  if (subject !== 'guest' || stop.code !== null || fingerprint === null) return false;
  if (!isTriggered(fingerprint) || !fingerprint.hosts.some(({ files }) => isMeasured(files))) {
    return false;
  }
  // A guest with the planted race, or one that was told to panic, has a cause of its own.
  const isPlanted = (fingerprint.settings['race'] ?? 'off') !== 'off';
  return !isPlanted && !/^(?:sysrq|NMI)/i.test(stop.reason ?? '');
}

function isTriggered({ settings }: Fingerprint): boolean {
  const ramKiB = Number(settings['ramKiB'] ?? Number.NaN);
  const isCopied = settings['ramMode'] === 'copied';
  return settings['accelerator'] === 'tcg' && isCopied && ramKiB % ramKiBStep === 0;
}

function isMeasured(files: readonly FileVersion[]): boolean {
  return files.some(({ name, version }) => name === qemuFile && measuredVersions.has(version));
}

function exposureOfHost({ hypervisorFiles }: Host): ExposureVerdict {
  const filesRead = hypervisorFiles.filter(({ name }) => name === qemuFile);
  const [qemu] = filesRead;
  if (qemu === undefined) return verdict('not-applicable', 'Only QEMU has it.');
  if (!hypervisorFiles.some(({ name }) => name === 'accel-tcg')) {
    return verdict('not-applicable', 'It is in TCG, and guests do not run under it.', filesRead);
  }
  if (isMeasured(filesRead)) {
    return verdict('exposed', `Measured on QEMU ${qemu.version} under TCG.`, filesRead);
  }
  const because = `Nobody measured QEMU ${qemu.version}; ${presumedFix}.`;
  return verdict('unknown', because, filesRead);
}

function exposureOfVm(vm: Vm, through: ExposureVerdict): ExposureVerdict {
  if (through.exposure !== 'exposed') return through;
  if (vm.tags.includes('ram-shared')) {
    return { ...through, exposure: 'not-applicable', because: 'Its RAM is shared, not copied.' };
  }
  const ramKiB = vm.memoryMiB * 1024;
  if (ramKiB % ramKiBStep !== 0) {
    const because = `${ramKiB} KiB of RAM are no multiple of ${ramKiBStep} KiB: the workaround.`;
    return { ...through, exposure: 'not-applicable', because };
  }
  return { ...through, because: `${ramKiB} KiB of RAM; ${through.because}` };
}
