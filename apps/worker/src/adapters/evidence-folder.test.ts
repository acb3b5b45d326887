import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createEvidenceFolder } from './evidence-folder.ts';

// SHA-256 of `abc`, from FIPS 180-2.
const sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
const bytes = new TextEncoder().encode('abc');

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'gauntlet-evidence-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

let names = 0;
const createStore = () => createEvidenceFolder(folder, () => `draft-${(names += 1)}`);

test('bytes are kept once under their hash, and nothing else is left', async () => {
  const store = createStore();
  expect(await Promise.all([store.put(bytes), store.put(bytes)])).toEqual([sha256, sha256]);
  expect(await store.put(bytes)).toBe(sha256);
  expect(await readdir(path.join(folder, 'ba'))).toEqual([sha256]);
  expect(await readFile(path.join(folder, 'ba', sha256), 'utf8')).toBe('abc');
});

test('a file that was cut off is written anew', async () => {
  await mkdir(path.join(folder, 'ba'));
  await writeFile(path.join(folder, 'ba', sha256), 'a');
  await createStore().put(bytes);
  expect(await readFile(path.join(folder, 'ba', sha256), 'utf8')).toBe('abc');
});

test('a folder that cannot be written is an error, not a loss in silence', async () => {
  await writeFile(path.join(folder, 'ba'), 'in the way');
  await expect(createStore().put(bytes)).rejects.toThrow(/EEXIST|ENOTDIR/);
});
