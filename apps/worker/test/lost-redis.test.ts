import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { connectQueues } from '@gauntlet/shared/platform/connect-queues';
import { systemIds } from '@gauntlet/shared/platform/ids';
import { createSilentLogger } from '@gauntlet/shared/platform/logger';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import { createPrivateRedis, hasRedisServer } from '@gauntlet/shared/testing/private-redis';
import { expect, test, vi } from 'vitest';
import { composeWorker } from '../src/compose.ts';
import { anAttemptJob } from '../src/testing/attempt-job.ts';
import { createScriptedDriver } from '../src/testing/scripted-driver.ts';
import { aCluster, createTestOrchestrator } from './test-orchestrator.ts';

test.skipIf(!hasRedisServer)(
  'an attempt that ends while Redis is dead is reported once Redis is back, exactly once',
  async () => {
    await using stack = new AsyncDisposableStack();
    const redis = stack.use(await createPrivateRedis());
    const dataDir = await mkdtemp(path.join(os.tmpdir(), 'gauntlet-worker-'));
    stack.defer(() => rm(dataDir, { recursive: true, force: true }));
    const log = createSilentLogger();
    const address = { redisUrl: redis.url, databaseUrl: null, log };
    const queues = stack.use(await connectQueues(address));
    const orchestrator = stack.use(createTestOrchestrator(queues));
    await orchestrator.publish(aCluster);
    await orchestrator.allow();
    const moving = Promise.withResolvers<void>();
    const driver = createScriptedDriver(systemClock, {
      migrate: async ({ move, complete }) => {
        await moving.promise;
        move();
        return complete();
      },
    });
    stack.use(
      await composeWorker({
        ...stack.use(await connectQueues(address)),
        clock: systemClock,
        ids: systemIds,
        log,
        factories: { simulated: async () => driver },
        config: {
          workerName: 'worker-1',
          dataDir,
          concurrency: 4,
          clusters: null,
          graceMs: 5_000,
          lockMs: 30_000,
          secret: () => undefined,
        },
      }),
    );
    const job = anAttemptJob({ attemptId: randomUUID(), settleMs: 10 });
    await orchestrator.start(job);
    await vi.waitFor(() => expect(driver.calls).toContain('migrate'), { timeout: 10_000 });
    await redis.kill();
    moving.resolve();
    await vi.waitFor(
      () => expect(driver.calls.filter((call) => call === 'locate')).toHaveLength(2),
      {
        timeout: 10_000,
      },
    );
    await systemClock.sleep(1_500);
    expect(orchestrator.reports).toEqual([]);
    await redis.start();
    expect(await orchestrator.reportOf(job.attemptId)).toMatchObject({ outcome: 'clean' });
    const { attempts } = orchestrator;
    await vi.waitFor(
      async () => expect(await attempts.getJobCounts('active')).toEqual({ active: 0 }),
      {
        timeout: 20_000,
        interval: 100,
      },
    );
    expect(await attempts.getJobCounts('failed')).toEqual({ failed: 0 });
    expect(driver.calls.filter((call) => call === 'migrate')).toHaveLength(1);
    expect(orchestrator.reports).toHaveLength(1);
  },
  60_000,
);
