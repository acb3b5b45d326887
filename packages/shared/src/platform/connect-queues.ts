import type { Coordination } from '../contracts/coordination.ts';
import { queuePrefix } from '../contracts/queue-names.ts';
import { assert } from '../kernel/assert.ts';
import { createPostgresCoordination } from './coordination-postgres.ts';
import { createRedisCoordination } from './coordination-redis.ts';
import type { Logger } from './logger.ts';
import { createPostgresPool } from './postgres-pool.ts';
import {
  createPostgresQueueBackend,
  createRedisBackend,
  type QueueBackend,
} from './queue-backend.ts';

export interface QueueSettings {
  /** One of the two must be given; Redis wins. */
  readonly redisUrl: string | null;
  readonly databaseUrl: string | null;
  readonly log: Logger;
  /** Everything of ours in this Redis is under it: tests have their own. */
  readonly prefix?: string | undefined;
  /** Connections to PostgreSQL at most. */
  readonly poolMax?: number | undefined;
}

export interface Queues extends AsyncDisposable {
  readonly queueBackend: QueueBackend;
  readonly coordination: Coordination;
}

const poolMaxDefault = 10;

/** The queue and what is shared beside it, on the backend the environment names. */
export async function connectQueues({
  redisUrl,
  databaseUrl,
  log,
  prefix = queuePrefix,
  poolMax = poolMaxDefault,
}: QueueSettings): Promise<Queues> {
  await using stack = new AsyncDisposableStack();
  if (redisUrl !== null) {
    const coordination = stack.use(createRedisCoordination({ url: redisUrl, prefix, log }));
    const queueBackend = stack.use(await createRedisBackend({ url: redisUrl, prefix, log }));
    return toQueues({ queueBackend, coordination }, stack.move());
  }
  assert(databaseUrl !== null, 'a queue needs Redis or PostgreSQL');
  const pool = createPostgresPool({
    connectionString: databaseUrl,
    max: poolMax,
    schema: 'bullmq',
    waitForDisk: false,
    onError: (err) => log.debug({ err }, 'idle database connection ended'),
  });
  stack.defer(() => pool.end());
  const coordination = stack.use(await createPostgresCoordination(pool));
  const queueBackend = stack.use(await createPostgresQueueBackend({ pool, log }));
  return toQueues({ queueBackend, coordination }, stack.move());
}

function toQueues(
  queues: Pick<Queues, 'queueBackend' | 'coordination'>,
  stack: AsyncDisposableStack,
): Queues {
  return { ...queues, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}
