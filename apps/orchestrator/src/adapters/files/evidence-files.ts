import { createHash } from 'node:crypto';
import {
  access,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  statfs,
  writeFile,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { assert } from '@gauntlet/shared/kernel/assert';
import type { EvidenceFiles } from '../../application/ports.ts';

const hashPattern = /^[0-9a-f]{64}$/;

/** Files named by the SHA-256 of their content, in 256 folders: `<dir>/ab/abcd...`. */
export function createEvidenceFiles(dir: string): EvidenceFiles {
  let written = 0;

  function pathOf(sha256: string): string {
    assert(hashPattern.test(sha256), 'evidence is named by its hash');
    return join(dir, sha256.slice(0, 2), sha256);
  }

  async function has(sha256: string): Promise<boolean> {
    return access(pathOf(sha256)).then(
      () => true,
      () => false,
    );
  }

  return {
    has,
    async put(bytes, sha256) {
      // The name is a promise about the content; a wrong one is not kept.
      if (createHash('sha256').update(bytes).digest('hex') !== sha256) return;
      const path = pathOf(sha256);
      // Written anew although it is there: young, it is safe from the sweep of unreferenced files.
      await mkdir(dirname(path), { recursive: true });
      written += 1;
      const draft = `${path}.${process.pid}.${written}`;
      await writeFile(draft, bytes);
      await rename(draft, path);
    },
    async freeMiB() {
      await mkdir(dir, { recursive: true });
      const { bavail, bsize } = await statfs(dir);
      return Math.floor((bavail * bsize) / (1024 * 1024));
    },
    async read(sha256) {
      if (!hashPattern.test(sha256)) return undefined;
      return readFile(pathOf(sha256)).catch(() => undefined);
    },
    async listOlder(prefix, before) {
      const folder = join(dir, prefix);
      const names = await readdir(folder).catch(() => []);
      const older: string[] = [];
      for (const name of names) {
        if (!hashPattern.test(name)) continue;
        const { mtimeMs } = await stat(join(folder, name));
        if (mtimeMs < before) older.push(name);
      }
      return older;
    },
    async delete(sha256) {
      await rm(pathOf(sha256), { force: true });
    },
  };
}
