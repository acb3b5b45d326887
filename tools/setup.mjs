// Runs under any Node >= 20, before `npm start` and `npm test`: installs what a fresh clone lacks and
// builds the dashboard when its sources changed. Everything after it runs on the Node of the
// devDependency `node`.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const isWindows = process.platform === 'win32';

/** Runs `make` unless the stamp says that it was made of the very same files. */
function unlessStamped(stamp, sources, make) {
  const wanted = hashOf(sources);
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) return;
  make();
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

function hashOf(sources) {
  const hash = createHash('sha256');
  for (const file of sources.flatMap(filesBelow)) hash.update(readFileSync(file));
  return hash.digest('hex');
}

function filesBelow(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .toSorted()
    .flatMap((name) => filesBelow(join(path, name)));
}

function run(doing, command, args) {
  process.stderr.write(`${doing} ...\n`);
  // npm is a script on Windows, and scripts need a shell there.
  const done = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', 2, 2],
    shell: isWindows,
  });
  if (done.status === 0) return;
  process.stderr.write(`${doing} failed: see the messages above. Nothing was started.\n`);
  process.exit(done.status ?? 1);
}

unlessStamped(
  join(root, 'node_modules', '.gauntlet-installed'),
  [join(root, 'package-lock.json')],
  () => {
    const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
    run('Installing dependencies (after each change of package-lock.json)', 'npm', args);
  },
);

const dashboard = join(root, 'apps', 'dashboard');
unlessStamped(
  join(dashboard, 'dist', '.gauntlet-built'),
  [
    ...['src', 'public', 'index.html', 'package.json', 'vite.config.ts'].map((name) =>
      join(dashboard, name),
    ),
    ...['contracts', 'domain', 'kernel'].map((name) => join(root, 'packages/shared/src', name)),
    join(root, 'packages/statistics/src'),
    join(root, 'package-lock.json'),
  ],
  () =>
    run('Building the dashboard (after each change of it)', 'npm', ['run', '--silent', 'build']),
);
