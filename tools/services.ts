import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createConnection, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Client } from 'pg';

/**
 * PostgreSQL and Redis for the integration tests: those named by DATABASE_URL and REDIS_URL, else
 * those on the default ports of loopback, else throw-away ones started from local binaries. Tests
 * read what was found from GAUNTLET_TEST_DATABASE_URL and GAUNTLET_TEST_REDIS_URL. With CI=true a
 * missing service is a failure; otherwise its tests are skipped and one line says so.
 */
export async function setup(): Promise<() => Promise<void>> {
  const stops: (() => Promise<void>)[] = [];
  const found = {
    GAUNTLET_TEST_DATABASE_URL: await findPostgres(stops),
    GAUNTLET_TEST_REDIS_URL: await findRedis(stops),
  };
  const missing: string[] = [];
  for (const [name, url] of Object.entries(found)) {
    if (url === undefined) missing.push(name.includes('REDIS') ? 'Redis' : 'PostgreSQL');
    else process.env[name] = url;
  }
  if (missing.length > 0) report(missing.join(' and '));
  return async () => {
    for (const stop of stops.toReversed()) await stop();
  };
}

function report(missing: string): void {
  const line = `no ${missing} here (set DATABASE_URL / REDIS_URL, or install postgresql / redis-server)`;
  if (process.env['CI'] === 'true') throw new Error(`CI needs every service: ${line}`);
  process.stdout.write(`Skipping the tests that need a service: ${line}\n`);
}

async function findPostgres(stops: (() => Promise<void>)[]): Promise<string | undefined> {
  const given = process.env['DATABASE_URL'];
  if (given !== undefined && given !== '') return given;
  const users = ['root', 'postgres'];
  const guesses = users.map((user) => `postgres://${user}@127.0.0.1:5432/postgres`);
  for (const url of guesses) if (await answersSql(url)) return url;
  return startPostgres(stops);
}

async function answersSql(url: string): Promise<boolean> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  try {
    await client.connect();
    // Tests make databases of their own.
    const { rows } = await client.query('select rolcreatedb from pg_roles where rolname = user');
    return rows[0]?.rolcreatedb === true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

async function startPostgres(stops: (() => Promise<void>)[]): Promise<string | undefined> {
  const initdb = findBinary('initdb');
  const postgres = findBinary('postgres');
  if (initdb === undefined || postgres === undefined) return undefined;
  const user = plainUser();
  if (user === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), 'gauntlet-pg-'));
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid ?? user.uid);
  const data = join(folder, 'data');
  const options = { cwd: folder, ...user };
  const made = spawnSync(initdb, ['-D', data, '-A', 'trust', '-U', 'postgres', '-N'], options);
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr.toString()}`);
  const port = await freePort();
  const args = ['-D', data, '-p', String(port), '-h', '127.0.0.1', '-k', folder, '-F'];
  const server = spawn(postgres, [...args, '-c', 'max_connections=200'], {
    ...options,
    stdio: 'ignore',
  });
  stops.push(async () => {
    await end(server, 'SIGINT');
    rmSync(folder, { recursive: true, force: true });
  });
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await eventually(() => answersSql(url), 'the throw-away PostgreSQL');
  return url;
}

async function findRedis(stops: (() => Promise<void>)[]): Promise<string | undefined> {
  const given = process.env['REDIS_URL'];
  if (given !== undefined && given !== '') return given;
  if (await answersPing(6379)) return 'redis://127.0.0.1:6379';
  const binary = findBinary('redis-server');
  if (binary === undefined) return undefined;
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'gauntlet-redis-'));
  const options = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  const server = spawn(binary, ['--port', String(port), ...options], { stdio: 'ignore' });
  stops.push(async () => {
    await end(server, 'SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  });
  await eventually(() => answersPing(port), 'the throw-away Redis');
  return `redis://127.0.0.1:${port}`;
}

function answersPing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port, timeout: 2_000 });
    const finish = (ok: boolean) => {
      socket.destroy();
      resolve(ok);
    };
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => finish(data.toString().startsWith('+PONG')));
    socket.once('error', () => finish(false));
    socket.once('timeout', () => finish(false));
  });
}

/** Debian keeps the server's programs off the PATH. */
function findBinary(name: string): string | undefined {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).toSorted().toReversed() : [];
  const folders = [
    ...(process.env['PATH'] ?? '').split(delimiter),
    ...versions.map((version) => join(debian, version, 'bin')),
  ];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

interface PlainUser {
  readonly uid?: number;
  readonly gid?: number;
}

/** PostgreSQL refuses to run as root; undefined when root has nobody to run it as. */
function plainUser(): PlainUser | undefined {
  if (process.getuid?.() !== 0) return {};
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((row) => row.startsWith('postgres:') || row.startsWith('nobody:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  return uid === undefined || gid === undefined
    ? undefined
    : { uid: Number(uid), gid: Number(gid) };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

async function eventually(isReady: () => Promise<boolean>, what: string): Promise<void> {
  const triesMax = 150;
  for (let tries = 0; tries < triesMax; tries += 1) {
    if (await isReady()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${what} did not come up within 15 s`);
}

function end(server: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  return new Promise((resolve) => {
    if (server.exitCode !== null || server.signalCode !== null) return resolve();
    server.once('exit', () => resolve());
    server.kill(signal);
  });
}
