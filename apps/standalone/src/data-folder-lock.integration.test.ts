import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { DataFolderBusyError, lockDataFolder } from './data-folder-lock.ts';

function makeFolder(stack: DisposableStack): string {
  const folder = mkdtempSync(join(tmpdir(), 'gauntlet-lock-'));
  stack.defer(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('the second process on a data folder is refused, the next one after it is not', async () => {
  using stack = new DisposableStack();
  const folder = makeFolder(stack);
  const first = await lockDataFolder(folder);
  await expect(lockDataFolder(folder)).rejects.toThrow(DataFolderBusyError);
  await first[Symbol.asyncDispose]();
  const second = await lockDataFolder(folder);
  await second[Symbol.asyncDispose]();
});

test('a process that was killed leaves no lock behind', async () => {
  using stack = new DisposableStack();
  const folder = makeFolder(stack);
  const script = `
    import { lockDataFolder } from ${JSON.stringify(join(import.meta.dirname, 'data-folder-lock.ts'))};
    await lockDataFolder(${JSON.stringify(folder)});
    console.log('locked');
    process.stdin.resume();`;
  const holder = spawn(process.execPath, ['--input-type=module', '-e', script]);
  await new Promise((resolve) => holder.stdout.once('data', resolve));
  await expect(lockDataFolder(folder)).rejects.toThrow(DataFolderBusyError);
  const dead = new Promise((resolve) => holder.once('exit', resolve));
  holder.kill('SIGKILL');
  await dead;
  const lock = await lockDataFolder(folder);
  await lock[Symbol.asyncDispose]();
});
