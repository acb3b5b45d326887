import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { AppError } from '@gauntlet/shared/contracts/errors';
import { dependenciesOf, unpackPackages } from './packages.ts';

export interface GuestKernel {
  readonly image: string;
  /** A folder of modules; null when the kernel is to do without. */
  readonly modules: string | null;
  /** Where it came from, for the report: a path, or a package with its version. */
  readonly origin: string;
  /** `6.1.0-56-cloud-amd64`, when known. */
  readonly release: string | null;
}

export interface KernelRequest {
  /** The user's own kernel image and modules. */
  readonly kernel: string | null;
  readonly modules: string | null;
  readonly cacheDir: string;
}

const metaPackage = 'linux-image-cloud-amd64';
const missing =
  'No guest kernel. Give the options `kernel` and `modules`, or install one ' +
  `(apt-get install ${metaPackage}), or run on Debian or Ubuntu with package lists (apt-get update).`;

/**
 * Finds a kernel for the guest: the user's own, one of this machine's /boot, or the distribution's
 * cloud kernel, fetched as an ordinary package (apt verifies its signature) and unpacked, never
 * installed. @throws AppError `driver.unavailable`
 */
export async function findGuestKernel(
  request: KernelRequest,
  signal: AbortSignal,
): Promise<GuestKernel> {
  if (request.kernel !== null) return fromUser(request.kernel, request.modules);
  return fromBoot('/boot', '/lib/modules') ?? (await fromPackage(request.cacheDir, signal));
}

function fromUser(image: string, modules: string | null): GuestKernel {
  for (const file of modules === null ? [image] : [image, modules]) {
    if (!isReadable(file)) throw new AppError('driver.unavailable', `Cannot read ${file}.`);
  }
  return { image, modules, origin: image, release: null };
}

/** The running kernel's own image first, then the newest; compressed modules are passed over. */
function fromBoot(boot: string, modulesRoot: string): GuestKernel | null {
  if (!existsSync(boot)) return null;
  const releases = readdirSync(boot)
    .filter((file) => file.startsWith('vmlinuz-'))
    .map((file) => file.slice('vmlinuz-'.length))
    .toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }));
  const ordered = [os.release(), ...releases].filter((release) => releases.includes(release));
  for (const release of ordered) {
    const image = path.join(boot, `vmlinuz-${release}`);
    const modules = path.join(modulesRoot, release, 'kernel');
    if (isReadable(image) && hasPlainModules(modules)) {
      return { image, modules, origin: image, release };
    }
  }
  return null;
}

async function fromPackage(cacheDir: string, signal: AbortSignal): Promise<GuestKernel> {
  const name = await realPackageName(signal);
  const folder = path.join(cacheDir, name);
  await unpackPackages([name], folder, signal);
  const release = name.replace(/^linux-image-/, '').replace(/-unsigned$/, '');
  const image = path.join(folder, 'boot', `vmlinuz-${release}`);
  const modules = path.join(folder, 'lib/modules', release, 'kernel');
  if (!isReadable(image)) throw new AppError('driver.unavailable', `${name} holds no ${image}.`);
  return { image, modules, origin: `package ${name}`, release };
}

async function realPackageName(signal: AbortSignal): Promise<string> {
  const names = await dependenciesOf(metaPackage, signal).catch((cause: unknown) => {
    throw new AppError('driver.unavailable', missing, { cause });
  });
  const name = names.find((candidate) => candidate.startsWith('linux-image-'));
  if (name === undefined) throw new AppError('driver.unavailable', missing);
  return name;
}

function hasPlainModules(folder: string): boolean {
  const probe = path.join(folder, 'drivers/scsi/sd_mod.ko');
  return isReadable(probe);
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
