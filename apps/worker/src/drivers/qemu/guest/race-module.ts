import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { AppError } from '@gauntlet/shared/contracts/errors';
import type { GuestKernel } from './guest-kernel.ts';
import type { KernelModule } from './kernel-modules.ts';
import { dependenciesOf, unpackPackages } from './packages.ts';
import { runTool } from './run-tool.ts';

const source = path.join(import.meta.dirname, 'module', 'lmstor.c');

/**
 * Builds the kernel module with the planted race against the headers of the guest's kernel, which
 * are fetched as ordinary packages (15 MiB) and unpacked, never installed.
 * @throws AppError `driver.unavailable`
 */
export async function buildRaceModule(
  kernel: GuestKernel,
  cacheDir: string,
  signal: AbortSignal,
): Promise<KernelModule> {
  const { release } = kernel;
  if (release === null) {
    throw new AppError('driver.unavailable', 'The race module needs a kernel of the distribution.');
  }
  const hash = createHash('sha256').update(readFileSync(source)).digest('hex').slice(0, 16);
  const built = path.join(cacheDir, `lmstor-${release}-${hash}.ko`);
  if (!existsSync(built)) {
    const headers = await fetchHeaders(release, cacheDir, signal);
    await compile(headers, { built, scratch: `${built}.${process.pid}.build` }, signal);
  }
  return { file: 'lmstor.ko', bytes: readFileSync(built) };
}

async function fetchHeaders(release: string, cacheDir: string, signal: AbortSignal) {
  const name = `linux-headers-${release}`;
  const root = path.join(cacheDir, name);
  if (!existsSync(root)) {
    const names = [name, ...(await dependenciesOf(name, signal))];
    await unpackPackages(names, root, signal);
  }
  const folder = path.join(root, 'usr/src', name);
  const makefile = path.join(folder, 'Makefile');
  // The package expects to be installed: its one line names an absolute path.
  const text = readFileSync(makefile, 'utf8');
  writeFileSync(makefile, text.replace(/^include (?=\/usr\/src\/)/m, `include ${root}`));
  return folder;
}

async function compile(
  headers: string,
  { built, scratch }: { built: string; scratch: string },
  signal: AbortSignal,
): Promise<void> {
  mkdirSync(scratch, { recursive: true });
  try {
    copyFileSync(source, path.join(scratch, 'lmstor.c'));
    writeFileSync(path.join(scratch, 'Makefile'), 'obj-m := lmstor.o\n');
    const made = await runTool('make', ['-C', headers, `M=${scratch}`, 'modules'], { signal });
    if (!made.ok) {
      throw new AppError('driver.unavailable', `The race module was not built: ${made.problem}`);
    }
    const module = path.join(scratch, 'lmstor.ko');
    await runTool('strip', ['-g', module], { signal }); // smaller to load; as good without
    renameSync(module, built);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
