import { createHash } from 'node:crypto';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { EvidenceStore } from '../application/ports.ts';

/**
 * Evidence under its hash: `<folder>/<first two hex>/<sha256>`. A file appears whole or not at all,
 * and is on the disk when `put` resolves.
 *
 * @param createName a name never given before, for files in the making
 */
export function createEvidenceFolder(folder: string, createName: () => string): EvidenceStore {
  return {
    async put(bytes) {
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      const parent = path.join(folder, sha256.slice(0, 2));
      const file = path.join(parent, sha256);
      if (await isThere(file, bytes.byteLength)) return sha256;
      await mkdir(parent, { recursive: true });
      const draft = path.join(parent, `.${createName()}.part`);
      try {
        await writeDurably(draft, bytes);
        await rename(draft, file);
        await syncFolder(parent);
      } catch (error) {
        await rm(draft, { force: true }).catch(() => {});
        throw error;
      }
      return sha256;
    },
  };
}

async function isThere(file: string, sizeBytes: number): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  return found?.isFile() === true && found.size === sizeBytes;
}

async function writeDurably(file: string, bytes: Uint8Array): Promise<void> {
  await using handle = await open(file, 'wx', 0o640);
  await handle.writeFile(bytes);
  await handle.sync();
}

/** The rename itself must survive a crash; Windows cannot open folders and needs it not. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  await using handle = await open(folder, 'r');
  await handle.sync();
}
