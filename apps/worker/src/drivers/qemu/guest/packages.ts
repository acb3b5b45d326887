import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '@gauntlet/shared/contracts/errors';
import { runTool } from './run-tool.ts';

const hint = 'Package lists are needed: run apt-get update on Debian or Ubuntu.';

/** What a Debian package depends on, without alternatives. @throws AppError `driver.unavailable` */
export async function dependenciesOf(name: string, signal: AbortSignal): Promise<string[]> {
  const listed = await runTool('apt-cache', ['depends', '--important', name], { signal });
  const names = [...listed.stdout.matchAll(/^ +Depends: (\S+)$/gm)].map((match) => match[1] ?? '');
  if (listed.ok && names.length > 0) return names;
  throw new AppError('driver.unavailable', `apt knows no package ${name}. ${hint}`, {
    details: { problem: listed.problem },
  });
}

/**
 * Fetches packages as an ordinary user (apt verifies their signatures) and unpacks them side by
 * side into `folder`; nothing is installed. Done already: nothing happens.
 * @throws AppError `driver.unavailable`
 */
export async function unpackPackages(
  names: readonly string[],
  folder: string,
  signal: AbortSignal,
): Promise<void> {
  if (existsSync(folder)) return;
  const scratch = `${folder}.${process.pid}.partial`;
  rmSync(scratch, { recursive: true, force: true });
  mkdirSync(scratch, { recursive: true });
  try {
    await downloadInto(names, scratch, signal);
    for (const file of readdirSync(scratch).filter((entry) => entry.endsWith('.deb'))) {
      await unpack(file, scratch, signal);
      rmSync(path.join(scratch, file));
    }
    if (!existsSync(folder)) renameSync(scratch, folder);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function downloadInto(names: readonly string[], cwd: string, signal: AbortSignal) {
  const { ok, problem } = await runTool('apt-get', ['download', ...names], { cwd, signal });
  if (ok) return;
  throw new AppError('driver.unavailable', `Cannot fetch ${names.join(', ')}: ${problem} ${hint}`);
}

async function unpack(file: string, cwd: string, signal: AbortSignal): Promise<void> {
  const { ok, problem } = await runTool('dpkg-deb', ['--extract', file, '.'], { cwd, signal });
  if (!ok) throw new AppError('driver.unavailable', `Cannot unpack ${file}: ${problem}`);
}
