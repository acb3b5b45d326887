import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startTicksOf } from './process/process-table.ts';

/** Golden states are 60 to 80 MiB each and are made again in seconds. */
const goldensMax = 12;

/**
 * Where kernels, initramfs files and golden states are kept for every cluster of this user: what is
 * fetched or built once serves all. Falls back to the cluster's own folder where there is no home.
 */
export function cacheDirFor(stateDir: string): string {
  const shared = path.join(os.homedir(), '.cache', 'gauntlet', 'qemu');
  try {
    mkdirSync(shared, { recursive: true, mode: 0o700 });
    // A kernel from a folder that others may write to is not ours to boot.
    const { uid, mode } = statSync(shared);
    if (uid === os.userInfo().uid && (mode & 0o022) === 0) return shared;
  } catch {
    // No home: a system user, a read-only file system.
  }
  const own = path.join(stateDir, 'cache');
  mkdirSync(own, { recursive: true, mode: 0o700 });
  return own;
}

/** Removes all golden states but the newest, and what a killed worker left half made. */
export function pruneGoldens(cacheDir: string): void {
  const names = readdirSync(cacheDir);
  for (const name of names) {
    const maker = /^golden-.*\.gauntlet-(\d+)-.*\.partial$/.exec(name)?.[1];
    if (maker === undefined || startTicksOf(Number(maker)) !== null) continue;
    rmSync(path.join(cacheDir, name), { recursive: true, force: true });
  }
  const goldens = names
    .filter((name) => /^golden-[0-9a-f]+$/.test(name))
    .map((name) => path.join(cacheDir, name))
    .map((folder) => ({ folder, madeAtMs: statSync(folder).mtimeMs }))
    .toSorted((a, b) => b.madeAtMs - a.madeAtMs);
  for (const { folder } of goldens.slice(goldensMax)) rmSync(folder, { recursive: true });
}
