import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { connectQueues, type Queues } from '@gauntlet/shared/platform/connect-queues';
import { createPostgresCoordination } from '@gauntlet/shared/platform/coordination-postgres';
import type { Logger } from '@gauntlet/shared/platform/logger';
import { createPostgresPool, type SqlPool } from '@gauntlet/shared/platform/postgres-pool';
import { createPostgresQueueBackend } from '@gauntlet/shared/platform/queue-backend';
import type { StandaloneConfig } from './config.ts';
import { lockDataFolder } from './data-folder-lock.ts';
import { openEmbeddedPostgres } from './embedded-postgres.ts';

export interface OpenBackends extends Pick<Queues, 'queueBackend' | 'coordination'> {
  /** The records. */
  readonly pool: SqlPool;
}

/** The backends the environment names; without any, a PostgreSQL in the data folder. */
export async function openBackends(
  stack: AsyncDisposableStack,
  config: StandaloneConfig,
  log: Logger,
): Promise<OpenBackends> {
  const { databaseUrl, redisUrl, connectionsMax } = config;
  if (databaseUrl === null) return openEmbedded(stack, config.orchestrator.dataDir, log);
  const pool = createPostgresPool({
    connectionString: databaseUrl,
    max: connectionsMax,
    schema: 'public',
    onError: (err) => log.debug({ err }, 'idle database connection ended'),
  });
  stack.defer(() => pool.end());
  const poolMax = connectionsMax;
  return { pool, ...stack.use(await connectQueues({ databaseUrl, redisUrl, log, poolMax })) };
}

async function openEmbedded(
  stack: AsyncDisposableStack,
  dataDir: string,
  log: Logger,
): Promise<OpenBackends> {
  await mkdir(dataDir, { recursive: true });
  stack.use(await lockDataFolder(dataDir));
  const postgres = stack.use(await openEmbeddedPostgres(join(dataDir, 'database')));
  const pool = postgres.pool('public');
  const coordination = stack.use(await createPostgresCoordination(pool));
  const queueBackend = stack.use(
    await createPostgresQueueBackend({ pool: postgres.pool('bullmq'), log }),
  );
  return { pool, coordination, queueBackend };
}
