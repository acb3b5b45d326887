import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Coordination } from '@gauntlet/shared/contracts/coordination';
import { connectQueues } from '@gauntlet/shared/platform/connect-queues';
import { createPostgresCoordination } from '@gauntlet/shared/platform/coordination-postgres';
import { systemIds } from '@gauntlet/shared/platform/ids';
import { createSilentLogger } from '@gauntlet/shared/platform/logger';
import { createPostgresPool, type SqlPool } from '@gauntlet/shared/platform/postgres-pool';
import {
  createPostgresQueueBackend,
  type QueueBackend,
} from '@gauntlet/shared/platform/queue-backend';
import { Redis } from 'ioredis';
import { Client } from 'pg';
import { openEmbeddedPostgres } from '../../apps/standalone/src/embedded-postgres.ts';

/** The three sizes of the architecture: which database, which queue. */
export const sizes = ['embedded', 'team', 'fleet'] as const;
export type Size = (typeof sizes)[number];

/** Empty backends of one size, with a folder beside them; all of it is gone when disposed of. */
export interface Rig extends AsyncDisposable {
  readonly pool: SqlPool;
  readonly queueBackend: QueueBackend;
  readonly coordination: Coordination;
  readonly dataDir: string;
  /** How another process reaches the same backends; null: only this one does. */
  readonly reach: Reach | null;
}

export interface Reach {
  readonly databaseUrl: string;
  readonly redisUrl: string | null;
  readonly prefix: string;
}

const log = createSilentLogger();
const databaseServer = process.env['DATABASE_URL'] || 'postgres://root@127.0.0.1:5432/postgres';
const redisUrl = process.env['REDIS_URL'] || 'redis://127.0.0.1:6379';

export async function openRig(size: Size): Promise<Rig> {
  await using stack = new AsyncDisposableStack();
  const dataDir = await mkdtemp(join(tmpdir(), 'gauntlet-bench-'));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  const backends =
    size === 'embedded' ? await openEmbedded(stack, dataDir) : await openServers(stack, size);
  const kept = stack.move();
  return { ...backends, dataDir, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

async function openEmbedded(stack: AsyncDisposableStack, dataDir: string) {
  const postgres = stack.use(await openEmbeddedPostgres(join(dataDir, 'database')));
  const pool = postgres.pool('public');
  const coordination = stack.use(await createPostgresCoordination(pool));
  const queuePool = postgres.pool('bullmq');
  const queueBackend = stack.use(await createPostgresQueueBackend({ pool: queuePool, log }));
  return { pool, coordination, queueBackend, reach: null };
}

async function openServers(stack: AsyncDisposableStack, size: 'team' | 'fleet') {
  const databaseUrl = await createDatabase(stack);
  const pool = createPostgresPool({
    connectionString: databaseUrl,
    max: 20,
    schema: 'public',
    onError: () => {},
  });
  stack.defer(() => pool.end());
  const prefix = `gauntlet-bench-${systemIds.next()}`;
  if (size === 'fleet') stack.defer(() => forgetKeys(prefix));
  const redis = size === 'fleet' ? redisUrl : null;
  const queues = await connectQueues({ databaseUrl, redisUrl: redis, log, prefix, poolMax: 20 });
  return { pool, ...stack.use(queues), reach: { databaseUrl, redisUrl: redis, prefix } };
}

async function createDatabase(stack: AsyncDisposableStack): Promise<string> {
  const name = `gauntlet_bench_${systemIds.next().replaceAll('-', '')}`;
  await runOnServer(`create database ${name}`);
  stack.defer(() => runOnServer(`drop database if exists ${name} with (force)`));
  const url = new URL(databaseServer);
  url.pathname = `/${name}`;
  return url.href;
}

async function runOnServer(statement: string): Promise<void> {
  const client = new Client({ connectionString: databaseServer });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

async function forgetKeys(prefix: string): Promise<void> {
  const redis = new Redis(redisUrl);
  for await (const keys of redis.scanStream({ match: `${prefix}*`, count: 1_000 })) {
    if (Array.isArray(keys) && keys.length > 0) await redis.unlink(...keys.map(String));
  }
  redis.disconnect();
}
