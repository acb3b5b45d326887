import { randomUUID } from 'node:crypto';
import { connectQueues, type Queues } from '@gauntlet/shared/platform/connect-queues';
import { createSilentLogger, type Logger } from '@gauntlet/shared/platform/logger';
import {
  createTestDatabase,
  testDatabaseUrl,
  testRedisUrl,
} from '@gauntlet/shared/testing/test-services';
import { Redis } from 'ioredis';

export interface TestQueues extends Queues {
  /** How another process reaches the same queues. */
  readonly address: {
    readonly redisUrl: string | null;
    readonly databaseUrl: string | null;
    readonly prefix: string;
  };
}

export const backends = [
  { kind: 'redis', isThere: testRedisUrl !== undefined, open: openOnRedis },
  { kind: 'postgres', isThere: testDatabaseUrl !== undefined, open: openOnPostgres },
] as const;

async function openOnRedis(log: Logger = createSilentLogger()): Promise<TestQueues> {
  await using stack = new AsyncDisposableStack();
  const redisUrl = testRedisUrl ?? null;
  const prefix = `test-${randomUUID()}`;
  stack.defer(() => forget(redisUrl ?? '', prefix));
  const address = { redisUrl, databaseUrl: null, prefix };
  const queues = stack.use(await connectQueues({ ...address, log }));
  const moved = stack.move();
  return { ...queues, address, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

async function openOnPostgres(log: Logger = createSilentLogger()): Promise<TestQueues> {
  await using stack = new AsyncDisposableStack();
  const { url } = stack.use(await createTestDatabase());
  const address = { redisUrl: null, databaseUrl: url, prefix: 'test' };
  const queues = stack.use(await connectQueues({ ...address, log }));
  const moved = stack.move();
  return { ...queues, address, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}

async function forget(url: string, prefix: string): Promise<void> {
  const redis = new Redis(url);
  try {
    for await (const keys of redis.scanStream({ match: `${prefix}:*`, count: 1_000 })) {
      if (keys.length > 0) await redis.del(...keys);
    }
  } finally {
    redis.disconnect();
  }
}
