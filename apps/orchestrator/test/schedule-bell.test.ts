import { createSilentLogger } from '@gauntlet/shared/platform/logger';
import {
  createPostgresQueueBackend,
  createRedisBackend,
  type QueueBackend,
} from '@gauntlet/shared/platform/queue-backend';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import { createPrivateRedis, hasRedisServer } from '@gauntlet/shared/testing/private-redis';
import { expect, test } from 'vitest';
import { createScheduleBell } from '../src/adapters/bullmq/schedule-bell.ts';
import { eventually } from './support/core.ts';
import { createTestDatabase, testDatabaseUrl } from './support/database.ts';

const log = createSilentLogger();
const id = '01920000-0000-7000-8000-000000000000';
const eachSecond = { id, cron: '* * * * * *', timeZone: 'Europe/Berlin' };

/** Rings while it is set, also after a new process set it again, and not once it is removed. */
async function expectToRing(backend: QueueBackend): Promise<void> {
  const rings: string[] = [];
  await using bell = createScheduleBell(backend, log);
  await bell.set(eachSecond);
  await bell.set(eachSecond);
  bell.listen(async (scheduleId) => {
    rings.push(scheduleId);
  });
  await eventually(
    async () => rings.length,
    (count) => count >= 3,
  );
  expect(new Set(rings)).toEqual(new Set([id]));
  await bell.remove(id);
  await systemClock.sleep(1_500);
  const count = rings.length;
  await systemClock.sleep(2_500);
  expect(rings.length).toBe(count);
}

test.skipIf(testDatabaseUrl === undefined)(
  'a bell on PostgreSQL rings when the calendar says so, until it is removed',
  async () => {
    await using stack = new AsyncDisposableStack();
    const database = stack.use(await createTestDatabase());
    const pool = database.pool('bullmq');
    await pool.query('create schema if not exists bullmq');
    await expectToRing(stack.use(await createPostgresQueueBackend({ pool, log })));
  },
  90_000,
);

test.skipIf(!hasRedisServer)(
  'a bell on Redis rings when the calendar says so, until it is removed',
  async () => {
    await using stack = new AsyncDisposableStack();
    const { url } = stack.use(await createPrivateRedis());
    await expectToRing(stack.use(await createRedisBackend({ url, prefix: 'bell', log })));
  },
  90_000,
);
