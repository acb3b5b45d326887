import { closeSync, ftruncateSync, openSync, rmSync } from 'node:fs';
import path from 'node:path';

/** Guest RAM that outlives one QEMU process and is handed to the next. */
export interface RamFile {
  readonly descriptor: number;
  close(): void;
}

const folder = '/dev/shm';

/**
 * The file loses its name at once: it lives as long as somebody holds it open, so nothing of it is
 * left in memory however the worker ends.
 * @param name unique on this machine
 */
export function createRamFile(name: string, ramKiB: number): RamFile {
  const file = path.join(folder, name);
  const descriptor = openSync(file, 'wx+', 0o600);
  rmSync(file);
  ftruncateSync(descriptor, ramKiB * 1024);
  return { descriptor, close: () => closeSync(descriptor) };
}
