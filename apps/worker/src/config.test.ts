import { readEnvironment } from '@gauntlet/shared/platform/environment';
import { expect, test } from 'vitest';
import { readWorkerProcess, workerDefaults } from './config.ts';

test('a worker needs nothing but the queue', () => {
  const env = { REDIS_URL: 'redis://127.0.0.1:6379' };
  expect(readEnvironment(env, readWorkerProcess)).toMatchObject({
    redisUrl: env.REDIS_URL,
    databaseUrl: null,
    worker: { ...workerDefaults, dataDir: './data', clusters: null },
  });
});

test('a worker without a queue is refused', () => {
  expect(() => readEnvironment({}, readWorkerProcess)).toThrow(/REDIS_URL or DATABASE_URL/);
});
