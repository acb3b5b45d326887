import { readEnvironment } from '@gauntlet/shared/platform/environment';
import { expect, test } from 'vitest';
import { readOrchestratorProcess } from './config.ts';

const enough = { DATABASE_URL: 'postgres://127.0.0.1/gauntlet' };

test('an orchestrator needs nothing but its database', () => {
  expect(readEnvironment(enough, readOrchestratorProcess)).toMatchObject({
    databaseUrl: enough.DATABASE_URL,
    redisUrl: null,
    orchestrator: {
      host: '127.0.0.1',
      port: 8080,
      dataDir: './data',
      apiKeys: [],
      retention: { attemptsDays: 90, evidenceDays: 365 },
      notify: { publicUrl: null, allow: [], smtp: null, tryMsMax: 10_000, retryMsMin: 10_000 },
    },
  });
});

test('an orchestrator without a database is refused', () => {
  expect(() => readEnvironment({}, readOrchestratorProcess)).toThrow(/DATABASE_URL must name/);
});

test('keys are configured by their hash', () => {
  const hash = 'a'.repeat(64);
  const env = { ...enough, GAUNTLET_API_KEYS: `ci:operator:${hash}, wall:viewer:${hash}` };
  expect(readEnvironment(env, readOrchestratorProcess).orchestrator.apiKeys).toEqual([
    { name: 'ci', role: 'operator', hash },
    { name: 'wall', role: 'viewer', hash },
  ]);
});

test('a wrong key entry is named by its place and never repeated', () => {
  const env = { ...enough, GAUNTLET_API_KEYS: 'ci:operator:gauntlet_thekeyitself' };
  const refused = () => readEnvironment(env, readOrchestratorProcess);
  expect(refused).toThrow(/entry 1 is not name:role:sha256/);
  expect(refused).not.toThrow(/thekeyitself/);
});
