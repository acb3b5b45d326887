import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { createTestDatabase, testDatabaseUrl, testRedisUrl } from '../testing/test-services.ts';
import { createSilentLogger } from './logger.ts';
import { createPostgresPool } from './postgres-pool.ts';
import {
  createPostgresQueueBackend,
  createRedisBackend,
  type QueueBackend,
} from './queue-backend.ts';

const log = createSilentLogger();

async function openRedis(stack: AsyncDisposableStack): Promise<QueueBackend> {
  return stack.use(
    await createRedisBackend({ url: testRedisUrl ?? '', prefix: `test-${randomUUID()}`, log }),
  );
}

async function openPostgres(stack: AsyncDisposableStack): Promise<QueueBackend> {
  const database = stack.use(await createTestDatabase());
  const pool = createPostgresPool({
    connectionString: database.url,
    max: 4,
    schema: 'bullmq',
    onError: () => {},
  });
  stack.defer(() => pool.end());
  return stack.use(await createPostgresQueueBackend({ pool, log }));
}

describe.each([
  { kind: 'redis', url: testRedisUrl, open: openRedis },
  { kind: 'postgres', url: testDatabaseUrl, open: openPostgres },
])('queue backend on $kind', ({ url, open }) => {
  test.skipIf(url === undefined)('no worker waits longer than ten seconds at a time', async () => {
    await using stack = new AsyncDisposableStack();
    const backend = await open(stack);
    const worker = backend.createWorker('jobs', async () => {}, { concurrency: 1 });
    stack.defer(() => worker.close());
    // BullMQ waits so long after a lost connection, for it then knows of no time to wake up at.
    const { maximumBlockTimeout } = worker as unknown as { maximumBlockTimeout: number };
    expect(maximumBlockTimeout).toBeLessThanOrEqual(10);
  });

  test.skipIf(url === undefined)('runs each job once, also when added twice', async () => {
    await using stack = new AsyncDisposableStack();
    const backend = await open(stack);
    const queue = backend.createQueue<{ n: number }>('jobs');
    stack.defer(() => queue.close());
    const seen: number[] = [];
    const done = Promise.withResolvers<void>();
    const worker = backend.createWorker<{ n: number }>(
      'jobs',
      async (job) => {
        seen.push(job.data.n);
        if (seen.length === 20) done.resolve();
      },
      { concurrency: 4 },
    );
    stack.defer(() => worker.close());
    const jobs = Array.from({ length: 20 }, (_, n) => ({
      name: 'job',
      data: { n },
      opts: { jobId: `job-${n}` },
    }));
    await queue.addBulk(jobs);
    await done.promise;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(seen.toSorted((a, b) => a - b)).toEqual(jobs.map((job) => job.data.n));
  });

  test.skipIf(url === undefined)('a failed job is not tried again', async () => {
    await using stack = new AsyncDisposableStack();
    const backend = await open(stack);
    const queue = backend.createQueue('jobs');
    stack.defer(() => queue.close());
    let runs = 0;
    const worker = backend.createWorker(
      'jobs',
      () => {
        runs += 1;
        return Promise.reject(new Error('broken on purpose'));
      },
      { concurrency: 1 },
    );
    stack.defer(() => worker.close());
    const failed = new Promise<void>((resolve) => worker.on('failed', () => resolve()));
    await queue.add('job', {}, { jobId: 'job-0' });
    await failed;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(runs).toBe(1);
    expect(await queue.getJobCounts('failed')).toMatchObject({ failed: 1 });
  });
});
