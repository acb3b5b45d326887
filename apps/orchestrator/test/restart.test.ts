import { attemptQueueName, reportQueueName } from '@gauntlet/shared/contracts/queue-names';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Core } from '../src/compose-core.ts';
import { aCampaign, type Bench, createBench, ended, eventually } from './support/core.ts';
import { createTestDatabase, type TestDatabase, testDatabaseUrl } from './support/database.ts';
import { expectTalliesToEqualRecount } from './support/recount.ts';
import {
  anInventory,
  cleanReport,
  sendReport,
  startScriptedWorker,
} from './support/scripted-worker.ts';

describe.skipIf(testDatabaseUrl === undefined)('after a crash', () => {
  let stack: AsyncDisposableStack;
  let database: TestDatabase;
  let bench: Bench;
  let core: Core;
  let clusterId: string;

  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    database = stack.use(await createTestDatabase());
    bench = stack.use(await createBench(database));
    core = await bench.start();
    const cluster = await core.useCases.createCluster({ name: 'demo', driver: 'simulated' });
    clusterId = cluster.id;
  });

  afterEach(async () => {
    await stack.disposeAsync();
  });

  const inventory = anInventory(4, 8);
  const startWorker = () =>
    stack.use(startScriptedWorker({ backend: bench.backend, clusterId, inventory }));

  /** A campaign whose attempts are on the queue and that nobody runs. */
  async function startWithoutWorker(attemptsMax: number) {
    const reader = startScriptedWorker({
      backend: bench.backend,
      clusterId,
      inventory,
      concurrency: 0,
    });
    const campaign = await core.useCases.startCampaign(
      aCampaign(clusterId, { stop: { attemptsMax } }),
    );
    const queue = bench.backend.createQueue(attemptQueueName(clusterId));
    await eventually(
      () => queue.getWaitingCount(),
      (count) => count === 8,
    );
    await reader[Symbol.asyncDispose]();
    return { campaign, queue };
  }

  test('jobs that vanished from the queue are settled as indeterminate where the VM is', async () => {
    const { campaign, queue } = await startWithoutWorker(20);
    const [first] = await queue.getJobs(['waiting']);
    await core[Symbol.asyncDispose]();
    const pool = database.pool('public');
    await pool.query(`update attempt set state = 'queued' where state = 'planned'`);
    await queue.remove(first?.id ?? '');
    core = stack.use(await bench.start());
    startWorker();
    const view = await ended(core.useCases, campaign.id);
    expect(view.progress.outcomes).toMatchObject({ clean: 19, indeterminate: 1 });
    await expectTalliesToEqualRecount(pool, campaign.id);
    await queue.close();
  });

  test('attempts stored and never enqueued go to the queue then', async () => {
    const { campaign, queue } = await startWithoutWorker(20);
    await core[Symbol.asyncDispose]();
    const pool = database.pool('public');
    await pool.query(`update attempt set state = 'planned'`);
    for (const job of await queue.getJobs(['waiting'])) await queue.remove(job.id ?? '');
    core = stack.use(await bench.start());
    startWorker();
    const view = await ended(core.useCases, campaign.id);
    expect(view.progress.outcomes.clean).toBe(20);
    await queue.close();
  });

  test('a report that waits wins over its missing job', async () => {
    const { campaign, queue } = await startWithoutWorker(8);
    await core[Symbol.asyncDispose]();
    const reports = bench.backend.createQueue(reportQueueName);
    for (const job of await queue.getJobs(['waiting'])) {
      const report = cleanReport(job.data as Parameters<typeof cleanReport>[0]);
      await sendReport(reports, report);
      await queue.remove(job.id ?? '');
    }
    core = stack.use(await bench.start());
    const view = await eventually(
      () => core.useCases.getCampaign(campaign.id),
      ({ progress }) => progress.attemptsSettled === 8,
    );
    expect(view.progress.outcomes.clean).toBe(8);
    await Promise.all([queue.close(), reports.close()]);
  });

  test('an attempt whose worker fell silent is settled where the VM is, and its late report is not', async () => {
    stack.use(core);
    const gate = Promise.withResolvers<void>();
    const worker = stack.use(
      startScriptedWorker({
        backend: bench.backend,
        clusterId,
        inventory,
        async find(job, clean) {
          if (job.ordinal !== 3) return clean;
          worker.fallSilent();
          await gate.promise;
          return clean;
        },
      }),
    );
    stack.defer(() => gate.resolve());
    const stop = { attemptsMax: 30 };
    const { id } = await core.useCases.startCampaign(aCampaign(clusterId, { stop }));
    const view = await ended(core.useCases, id);
    expect(view.progress.outcomes).toMatchObject({ clean: 29, indeterminate: 1 });
    const page = await core.useCases.listAttempts(id, { limit: 10, outcome: 'indeterminate' });
    expect(page.items[0]).toMatchObject({ ordinal: 3, reason: 'worker scripted is dead' });
    gate.resolve();
    await eventually(
      async () => worker.ran.length,
      (count) => count === 30,
    );
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await core.useCases.getCampaign(id)).progress.outcomes).toEqual(view.progress.outcomes);
    await expectTalliesToEqualRecount(database.pool('public'), id);
  });

  test('a lost database starts nothing and loses nothing', async () => {
    stack.use(core);
    startWorker();
    const stop = { attemptsMax: 200 };
    const { id } = await core.useCases.startCampaign(aCampaign(clusterId, { stop }));
    await eventually(
      () => core.useCases.getCampaign(id),
      ({ progress }) => progress.attemptsSettled > 30,
    );
    // Every connection of the records and the queue, the one that holds the lock among them.
    const { Client } = await import('pg');
    const admin = new Client({ connectionString: database.url });
    await admin.connect();
    for (let round = 0; round < 3; round += 1) {
      await admin.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
         where datname = current_database() and pid <> pg_backend_pid()`,
      );
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    await admin.end();
    // A job whose worker lost its connection counts as lost after the lock's half minute.
    const view = await ended(core.useCases, id, 100_000);
    expect(view.progress.attemptsSettled).toBe(200);
    const { clean, indeterminate } = view.progress.outcomes;
    expect(clean + indeterminate).toBe(200);
    await expectTalliesToEqualRecount(database.pool('public'), id);
  });

  test('a second orchestrator waits until the first one ends', async () => {
    let started = false;
    const second = bench.start().then((other) => {
      started = true;
      return stack.use(other);
    });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(started).toBe(false);
    await core[Symbol.asyncDispose]();
    expect((await (await second).useCases.readReadiness()).ready).toBe(true);
  });

  test('many restarts in mid-campaign lose and double nothing', async () => {
    startWorker();
    const stop = { attemptsMax: 300 };
    const { id } = await core.useCases.startCampaign(aCampaign(clusterId, { stop }));
    for (let round = 1; round <= 4; round += 1) {
      await eventually(
        () => core.useCases.getCampaign(id),
        ({ progress, state }) => progress.attemptsSettled >= 40 * round || state === 'finished',
      );
      await core[Symbol.asyncDispose]();
      core = await bench.start();
    }
    stack.use(core);
    const view = await ended(core.useCases, id);
    expect(view.progress.outcomes.clean).toBe(300);
    await expectTalliesToEqualRecount(database.pool('public'), id);
  });
});
