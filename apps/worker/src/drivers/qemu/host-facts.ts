import { accessSync, constants, readFileSync } from 'node:fs';
import { availableParallelism, freemem } from 'node:os';
import { AppError } from '@gauntlet/shared/contracts/errors';
import { runTool } from './guest/run-tool.ts';

/** What this machine can do as the host of all slots. */
export interface HostFacts {
  /** `7.2.22` */
  readonly version: string;
  /** With the distribution's own part: `7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)`. */
  readonly versionText: string;
  readonly accelerator: 'tcg' | 'kvm';
  readonly cpuVendor: string | null;
  readonly cores: number;
  readonly freeMiB: number;
}

const installHint =
  'Install it: apt-get install --no-install-recommends qemu-system-x86 (setpriv is in util-linux).';

/** @throws AppError `driver.unavailable` that says what to install */
export async function readHostFacts(
  { binary, accelerator }: { binary: string; accelerator: 'auto' | 'tcg' | 'kvm' },
  signal: AbortSignal,
): Promise<HostFacts> {
  const [qemu, setpriv] = await Promise.all([
    runTool(binary, ['--version'], { signal, timeoutMs: 20_000 }),
    runTool('setpriv', ['--version'], { signal, timeoutMs: 20_000 }),
  ]);
  const match = /version (\d+(?:\.\d+)+)\s*(\([^)]*\))?/.exec(qemu.stdout);
  if (!qemu.ok || match === null) throw unavailable(`QEMU (${binary})`, qemu.problem);
  if (!setpriv.ok) throw unavailable('setpriv', setpriv.problem);
  const cpuInfo = readText('/proc/cpuinfo');
  return {
    version: match[1] ?? '',
    versionText: [match[1], match[2]].filter((part) => part !== undefined).join(' '),
    accelerator: chooseAccelerator(accelerator, cpuInfo),
    cpuVendor: /^vendor_id\s*:\s*(.+)$/m.exec(cpuInfo)?.[1] ?? null,
    cores: availableParallelism(),
    freeMiB: freemem() / 1024 / 1024,
  };
}

function unavailable(what: string, problem: string): AppError {
  return new AppError('driver.unavailable', `${what} cannot be run: ${problem}. ${installHint}`);
}

/**
 * A /dev/kvm that opens is not enough: under some hosts it opens and guests hang. The processor must
 * have the feature too; who knows better asks for `kvm` and gets it.
 */
function chooseAccelerator(wanted: 'auto' | 'tcg' | 'kvm', cpuInfo: string): 'tcg' | 'kvm' {
  if (wanted !== 'auto') return wanted;
  const hasFeature = /^flags\s*:.*\b(?:vmx|svm)\b/m.test(cpuInfo);
  return hasFeature && isWritable('/dev/kvm') ? 'kvm' : 'tcg';
}

function isWritable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
