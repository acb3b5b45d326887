import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Core } from '../src/compose-core.ts';
import { aCampaign, type Bench, createBench, ended } from './support/core.ts';
import { createTestDatabase, type TestDatabase, testDatabaseUrl } from './support/database.ts';
import {
  anInventory,
  type ScriptedWorker,
  startScriptedWorker,
} from './support/scripted-worker.ts';

describe.skipIf(testDatabaseUrl === undefined)('a campaign on PostgreSQL', () => {
  let database: TestDatabase;
  let bench: Bench;
  let core: Core;
  let clusterId: string;
  let worker: ScriptedWorker;

  beforeAll(async () => {
    database = await createTestDatabase();
    bench = await createBench(database);
    core = await bench.start();
    const cluster = await core.useCases.createCluster({ name: 'demo', driver: 'simulated' });
    clusterId = cluster.id;
    const inventory = anInventory(4, 8);
    worker = startScriptedWorker({ backend: bench.backend, clusterId, inventory });
  });

  afterAll(async () => {
    await worker[Symbol.asyncDispose]();
    await core[Symbol.asyncDispose]();
    await bench[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  test('runs to its last attempt, settles each once and brings the VMs home', async () => {
    const stop = { attemptsMax: 1001 };
    const started = await core.useCases.startCampaign(aCampaign(clusterId, { stop }));
    const view = await ended(core.useCases, started.id);
    expect(view.state).toBe('finished');
    expect(view.progress).toMatchObject({
      attemptsPlanned: 1001,
      attemptsSettled: 1001,
      inFlight: 0,
    });
    expect(view.progress.outcomes.clean).toBe(1001);
    expect(new Set(worker.ran.map((job) => job.ordinal)).size).toBe(1001);
    const home = anInventory(4, 8).vms.map((vm) => [vm.id, vm.host]);
    expect([...worker.hosts]).toEqual(home);
  });
});
