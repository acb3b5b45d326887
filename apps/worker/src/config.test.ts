import { describe, expect, test } from 'vitest';
import { parseEnvironment, readSecret, workerDefaults } from './config.ts';

const enough = { REDIS_URL: 'redis://127.0.0.1:6379' };

describe('the environment of a worker', () => {
  test('needs nothing but the queue', () => {
    const parsed = parseEnvironment(enough);
    expect(parsed).toMatchObject({
      redisUrl: enough.REDIS_URL,
      databaseUrl: null,
      logLevel: 'info',
      worker: { ...workerDefaults, dataDir: './data', clusters: null },
    });
  });

  test('is refused with every fault at once, and without repeating secrets', () => {
    const parsed = parseEnvironment({
      DATABASE_URL: 'mysql://root:geheim@x/y',
      GAUNTLET_WORKER_CONCURRENCY: '0',
      GAUNTLET_WORKER_GRACE_MS: '-1',
      GAUNTLET_LOG_FORMAT: 'xml',
      LOG_LEVEL: 'loud',
      GAUNTLET_WROKER_NAME: 'typo',
    });
    if (!('faults' in parsed)) throw new Error('was not refused');
    expect(parsed.faults).toHaveLength(6);
    expect(parsed.faults.join('\n')).not.toContain('geheim');
    expect(parsed.faults.join('\n')).toContain('GAUNTLET_WROKER_NAME');
  });

  test('without a queue is refused', () => {
    expect(parseEnvironment({})).toMatchObject({ faults: [expect.stringContaining('REDIS_URL')] });
  });

  test('lists the clusters to serve', () => {
    const env = { ...enough, GAUNTLET_WORKER_CLUSTERS: ' prod, demo ,' };
    expect(parseEnvironment(env)).toMatchObject({ worker: { clusters: ['prod', 'demo'] } });
  });

  test('holds secrets under the name of their reference', () => {
    const env = { ...enough, GAUNTLET_SECRET_HYPERV_PASSWORD: 's3cret' };
    expect('faults' in parseEnvironment(env)).toBe(false);
    expect(readSecret(env, 'hyperv-password')).toBe('s3cret');
    expect(readSecret(env, 'other')).toBeUndefined();
  });
});
