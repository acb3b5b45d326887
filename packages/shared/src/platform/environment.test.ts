import { expect, test } from 'vitest';
import {
  type EnvironmentReader,
  namesAskedBy,
  readBackends,
  readEnvironment,
  readLogSettings,
} from './environment.ts';

function readAll(read: EnvironmentReader) {
  return {
    ...readBackends(read),
    log: readLogSettings(read),
    width: read.integer('GAUNTLET_WIDTH', { min: 1, max: 9 }),
    names: read.list('GAUNTLET_NAMES'),
    secret: read.secret('hyperv-password'),
  };
}

test('an empty environment has the defaults', () => {
  expect(readEnvironment({}, readAll)).toEqual({
    databaseUrl: null,
    redisUrl: null,
    log: { level: 'info', format: 'line' },
    width: null,
    names: null,
    secret: undefined,
  });
});

test('every fault is named at once, and no password is repeated', () => {
  const env = {
    DATABASE_URL: 'mysql://root:geheim@x/y',
    REDIS_URL: 'nonsense',
    GAUNTLET_WIDTH: '10',
    GAUNTLET_LOG_FORMAT: 'xml',
    LOG_LEVEL: 'loud',
    GAUNTLET_WDITH: '1',
  };
  const refused = () => readEnvironment(env, readAll);
  expect(refused).toThrow(
    expect.objectContaining({ faults: expect.objectContaining({ length: 6 }) }),
  );
  expect(refused).toThrow(/GAUNTLET_WDITH is no setting/);
  expect(refused).not.toThrow(/geheim/);
});

test('a list is cut at commas, and an empty one is none', () => {
  expect(readEnvironment({ GAUNTLET_NAMES: ' prod, demo ,' }, readAll).names).toEqual([
    'prod',
    'demo',
  ]);
  expect(readEnvironment({ GAUNTLET_NAMES: ' , ' }, readAll).names).toBeNull();
});

test('secrets are found under their reference and are never unknown settings', () => {
  const env = { GAUNTLET_SECRET_HYPERV_PASSWORD: 's3cret', GAUNTLET_SECRET_OTHER: 'x' };
  expect(readEnvironment(env, readAll).secret).toBe('s3cret');
});

test('what is asked for is what is known', () => {
  expect(namesAskedBy(readAll)).toEqual([
    'DATABASE_URL',
    'REDIS_URL',
    'LOG_LEVEL',
    'GAUNTLET_LOG_FORMAT',
    'GAUNTLET_WIDTH',
    'GAUNTLET_NAMES',
  ]);
});
