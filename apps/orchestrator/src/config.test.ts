import { ParseError } from '@gauntlet/shared/contracts/parse';
import { expect, test } from 'vitest';
import { parseConfig } from './config.ts';

const DATABASE_URL = 'postgres://root@127.0.0.1/gauntlet';
const hash = 'a'.repeat(64);

function faultsOf(environment: Record<string, string>): string[] {
  try {
    parseConfig(environment);
    return [];
  } catch (error) {
    if (error instanceof ParseError) return error.faults.map((fault) => fault.pointer);
    throw error;
  }
}

test('the database is all that must be named', () => {
  const settings = parseConfig({ DATABASE_URL, HOME: '/root' });
  expect(settings).toMatchObject({ redisUrl: null, databaseUrl: DATABASE_URL });
  expect(settings.orchestrator).toEqual({
    dataDir: './data',
    host: '127.0.0.1',
    port: 8080,
    apiKeys: [],
  });
  expect(Object.isFrozen(settings) && Object.isFrozen(settings.orchestrator)).toBe(true);
});

test('every fault is named at once, unknown names of ours among them', () => {
  const environment = {
    DATABASE_URL: 'mysql://x',
    PORT: '99999',
    LOG_LEVEL: 'loud',
    GAUNTLET_DATADIR: '/x',
    GAUNTLET_API_KEYS: `me:admin:${hash},you:king:${hash}`,
  };
  expect(faultsOf(environment).sort()).toEqual([
    '/DATABASE_URL',
    '/GAUNTLET_API_KEYS',
    '/GAUNTLET_DATADIR',
    '/LOG_LEVEL',
    '/PORT',
  ]);
});

test('keys are read with name, role and hash', () => {
  const { orchestrator } = parseConfig({ DATABASE_URL, GAUNTLET_API_KEYS: `me:viewer:${hash}` });
  expect(orchestrator.apiKeys).toEqual([{ name: 'me', role: 'viewer', hash }]);
});

test('a key in the place of its hash is not repeated in the message', () => {
  try {
    parseConfig({ DATABASE_URL, GAUNTLET_API_KEYS: 'me:admin:secret-key' });
    expect.unreachable();
  } catch (error) {
    expect(String(error)).not.toContain('secret-key');
  }
});
