import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

// Every bench of the repository, one after the other, or those whose path holds one of the words
// given. One that fails (it lacks QEMU, PostgreSQL or Redis) does not keep the others from running.

const { positionals: words } = parseArgs({ allowPositionals: true });
const root = join(import.meta.dirname, '..');
const patterns = ['bench/*.ts', 'bench/*/{main,run}.ts', 'apps/*/bench/*.ts'];
const scripts = globSync(patterns, { cwd: root }).filter((path) => path !== 'bench/run.ts');
const failed: string[] = [];
for (const name of scripts.toSorted()) {
  if (words.length > 0 && !words.some((word) => name.includes(word))) continue;
  process.stdout.write(`\n== ${name}\n`);
  const child = spawn(process.execPath, [name], { cwd: root, stdio: 'inherit' });
  const code = await new Promise((resolve) => {
    child.once('exit', resolve);
  });
  if (code !== 0) failed.push(name);
}
if (failed.length > 0) {
  process.stderr.write(`failed: ${failed.join(', ')}\n`);
  process.exitCode = 1;
}
