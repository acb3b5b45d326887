import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClusterView } from '@gauntlet/shared/contracts/clusters';
import type { SystemView } from '@gauntlet/shared/contracts/system';
import {
  createPrivateRedis,
  hasRedisServer,
  type PrivateRedis,
} from '@gauntlet/shared/testing/private-redis';
import { createTestDatabase, testDatabaseUrl } from '@gauntlet/shared/testing/test-services';
import { type ApiClient, createApiClient } from '../../../tools/api-client.ts';
import { type App, eventually, freePort, startApp, waitForUrl } from './process.ts';

const workersMsMax = 60_000;

export const sizes = ['embedded', 'team', 'fleet'] as const;
export type Size = (typeof sizes)[number];

/** Why this size cannot run here; null when it can. */
export function missingFor(size: Size): string | null {
  if (size !== 'embedded' && testDatabaseUrl === undefined) return 'no PostgreSQL';
  if (size === 'fleet' && !hasRedisServer) return 'no redis-server';
  return null;
}

/** A process that may be killed and started again with the same environment. */
export interface Restartable {
  readonly name: string;
  kill(): Promise<void>;
  start(): Promise<void>;
  output(): string;
  /** Freezes it or lets it go on. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
}

export interface WorldOptions {
  readonly workers?: number;
  readonly workerEnv?: Readonly<Record<string, string>>;
  readonly orchestratorEnv?: Readonly<Record<string, string>>;
}

/** The product as its users run it, and the simulator that knows what truly happened. */
export interface World extends AsyncDisposable {
  readonly api: ApiClient;
  readonly simulatorUrl: string;
  /** The fleet's own; null in the other sizes. */
  readonly redis: Pick<PrivateRedis, 'kill' | 'start'> | null;
  /** The one process of the embedded size, the orchestrator of the others. */
  readonly orchestrator: Restartable;
  /** Empty in the embedded size: the worker lives in the one process. */
  readonly workers: readonly Restartable[];
  /** Every process, for a failing test to show what they said. */
  output(): string;
}

export async function openWorld(
  size: Size,
  { workers = 2, workerEnv = {}, orchestratorEnv = {} }: WorldOptions = {},
): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const simulatorPort = await freePort();
  const simulator = stack.use(startApp('simulator', { PORT: String(simulatorPort) }));
  const simulatorUrl = `http://127.0.0.1:${simulatorPort}`;
  await waitForUrl(`${simulatorUrl}/health/ready`, simulator);
  const { env: backends, redis } = await openBackends(stack, size);
  const port = String(await freePort());
  const ready = `http://127.0.0.1:${port}/health/ready`;
  const app = size === 'embedded' ? 'standalone' : 'orchestrator';
  const env = { ...backends, GAUNTLET_DATA_DIR: makeFolder(stack) };
  const ownEnv = { ...env, ...orchestratorEnv, PORT: port };
  const orchestrator = stack.use(createRestartable(app, ownEnv, ready));
  await orchestrator.start();
  const names = size === 'embedded' ? [] : Array.from({ length: workers }, (_, i) => `w${i + 1}`);
  const started = names.map((name) =>
    stack.use(createRestartable('worker', { ...env, ...workerEnv, GAUNTLET_WORKER_NAME: name })),
  );
  await Promise.all(started.map((worker) => worker.start()));
  const api = createApiClient(`http://127.0.0.1:${port}`);
  await eventually('a heartbeat of every worker', workersMsMax, async () => {
    const { workers: alive } = await api.get<SystemView>('/system');
    return alive.length >= Math.max(1, started.length);
  });
  const kept = stack.move();
  return {
    api,
    simulatorUrl,
    redis,
    orchestrator,
    workers: started,
    output: () => [orchestrator, ...started].map(describeOutput).join('\n'),
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function openBackends(
  stack: AsyncDisposableStack,
  size: Size,
): Promise<{ env: Record<string, string>; redis: PrivateRedis | null }> {
  if (size === 'embedded') return { env: {}, redis: null };
  const { url } = stack.use(await createTestDatabase());
  if (size === 'team') return { env: { DATABASE_URL: url }, redis: null };
  const redis = stack.use(await createPrivateRedis());
  return { env: { DATABASE_URL: url, REDIS_URL: redis.url }, redis };
}

function makeFolder(stack: AsyncDisposableStack): string {
  const folder = mkdtempSync(join(tmpdir(), 'gauntlet-e2e-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function createRestartable(
  app: string,
  env: Readonly<Record<string, string>>,
  readyUrl?: string,
): Restartable & AsyncDisposable {
  let running: App | undefined;
  const said: string[] = [];
  const stop = async () => {
    if (running === undefined) return;
    await running.kill();
    said.push(running.output());
    running = undefined;
  };
  return {
    name: env['GAUNTLET_WORKER_NAME'] ?? app,
    kill: stop,
    async start() {
      running = startApp(app, env);
      if (readyUrl !== undefined) await waitForUrl(readyUrl, running);
    },
    signal: (name) => running?.signal(name),
    output: () => [...said, running?.output() ?? ''].join('--- started again ---\n'),
    [Symbol.asyncDispose]: stop,
  };
}

function describeOutput(app: Restartable): string {
  return `=== ${app.name}\n${app.output().slice(-6_000)}`;
}

/**
 * A cluster on the world's simulator, made for much work in little time: hosts that take part in
 * three migrations at once, and guests that crash about once in fifty.
 */
export async function createBusyCluster(
  world: World,
  { seed = 7, vms = 12 }: { readonly seed?: number; readonly vms?: number } = {},
): Promise<ClusterView> {
  const hosts = ['alpha', 'beta', 'gamma', 'delta'];
  return world.api.post<ClusterView>('/clusters', {
    name: `busy-${seed}`,
    driver: 'simulated',
    options: {
      url: world.simulatorUrl,
      seed,
      timeScale: 50_000,
      hosts: hosts.map((name) => ({ name, migrationsMax: 3 })),
      vms: Array.from({ length: vms }, (_, index) => ({
        name: `vm-${index}`,
        host: hosts[index % hosts.length],
        load: 1.5,
        disks: [{ controller: 'scsi', format: 'dynamic', count: 8 }],
      })),
      faults: { failedMigrations: [{ share: 0.02, class: 'transient-network' }] },
    },
  });
}
