import type { AttemptReport } from '@gauntlet/shared/contracts/attempt-report';
import { reportQueueName } from '@gauntlet/shared/contracts/queue-names';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Core } from '../src/compose-core.ts';
import { aCampaign, type Bench, createBench, ended, eventually } from './support/core.ts';
import { createTestDatabase, type TestDatabase, testDatabaseUrl } from './support/database.ts';
import { expectTalliesToEqualRecount } from './support/recount.ts';
import {
  anInventory,
  type Finder,
  type ScriptedWorker,
  sendReport,
  startScriptedWorker,
} from './support/scripted-worker.ts';
import { bugcheckWithConsole, consoleSha256, consoleText } from './support/storvsc.ts';

describe.skipIf(testDatabaseUrl === undefined)('a campaign on PostgreSQL', () => {
  let database: TestDatabase;
  let bench: Bench;
  let core: Core;
  let clusterId: string;
  let worker: ScriptedWorker;
  let find: Finder = (_job, clean) => clean;

  beforeAll(async () => {
    database = await createTestDatabase();
    bench = await createBench(database);
    core = await bench.start();
    const cluster = await core.useCases.createCluster({ name: 'demo', driver: 'simulated' });
    clusterId = cluster.id;
    worker = startScriptedWorker({
      backend: bench.backend,
      clusterId,
      inventory: anInventory(4, 8),
      find: (job, clean) => find(job, clean),
    });
  });

  beforeEach(() => {
    find = (_job, clean) => clean;
    worker.ran.length = 0;
  });

  afterAll(async () => {
    await worker[Symbol.asyncDispose]();
    await core[Symbol.asyncDispose]();
    await bench[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  test('runs to its last attempt, settles each once and brings the VMs home', async () => {
    const stop = { attemptsMax: 301 };
    const started = await core.useCases.startCampaign(aCampaign(clusterId, { stop }));
    const view = await ended(core.useCases, started.id);
    expect(view).toMatchObject({ state: 'finished', blockedBecause: null });
    expect(view.endReason).toMatch(/^attemptsMax/);
    expect(view.progress).toMatchObject({
      attemptsPlanned: 301,
      attemptsSettled: 301,
      inFlight: 0,
    });
    expect(view.arms[0]).toMatchObject({ exposures: 301, bugchecks: 0 });
    expect(worker.ran.map((job) => job.ordinal).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 301 }, (_, ordinal) => ordinal),
    );
    expect([...worker.hosts]).toEqual(anInventory(4, 8).vms.map((vm) => [vm.id, vm.host]));
    await expectTalliesToEqualRecount(database.pool('public'), started.id);
  });

  test('a report that comes twice, at once and later, settles once', async () => {
    const reports = bench.backend.createQueue(reportQueueName);
    const sent: AttemptReport[] = [];
    find = async (_job, clean) => {
      sent.push(clean);
      const other: AttemptReport = { ...clean, outcome: 'rig-fault' };
      await Promise.all(
        ['x', 'y'].map((copy) => sendReport(reports, other, `${copy}-${clean.attemptId}`)),
      );
      return clean;
    };
    const stop = { attemptsMax: 40 };
    const { id } = await core.useCases.startCampaign(aCampaign(clusterId, { stop }));
    const view = await ended(core.useCases, id);
    await reports.add('attempts', { v: 1, kind: 'attempts', reports: sent });
    await eventually(
      () => reports.count(),
      (count) => count === 0,
    );
    expect(view.progress.attemptsSettled).toBe(40);
    expect((await core.useCases.getCampaign(id)).progress).toEqual(view.progress);
    await expectTalliesToEqualRecount(database.pool('public'), id);
    await reports.close();
  });

  test('bugchecks meet in one bucket with their evidence, and enough of them end the campaign', async () => {
    find = (job, clean) => (job.ordinal % 5 === 4 ? bugcheckWithConsole(job, clean) : clean);
    const stop = { attemptsMax: 1000, bugchecksMin: 3 };
    const { id } = await core.useCases.startCampaign(aCampaign(clusterId, { stop }));
    const view = await ended(core.useCases, id);
    expect(view.state).toBe('finished');
    expect(view.endReason).toMatch(/^bugchecksMin: \d+ bugchecks/);
    expect(view.arms[0]?.bugchecks).toBeGreaterThanOrEqual(3);
    const page = await core.useCases.listBugchecks({ campaignId: id }, { limit: 100 });
    expect(new Set(page.items.map((bugcheck) => bugcheck.bucketId)).size).toBe(1);
    expect(page.items[0]).toMatchObject({
      code: '0x000000D1',
      name: 'DRIVER_IRQL_NOT_LESS_OR_EQUAL',
      evidence: [{ sha256: consoleSha256, href: `/api/v1/evidence/${consoleSha256}` }],
    });
    const content = await core.useCases.readEvidence(consoleSha256);
    expect(Buffer.from(content.bytes).toString()).toBe(consoleText);
    const kinds = (await core.useCases.readEvents(id, 0, 500)).map((event) => event.kind);
    expect(new Set(kinds)).toEqual(new Set(['state', 'attempt-settled', 'bugcheck']));
    await expectTalliesToEqualRecount(database.pool('public'), id);
  });

  test("an exposure whose fingerprint is not the arm's is kept and never counted", async () => {
    find = (job, clean) => {
      const hotfixes = job.ordinal % 2 === 0 ? ['KB2636573'] : [];
      const hosts = [{ name: job.source, files: [], hotfixes }];
      return { ...clean, fingerprint: { hosts, guestFiles: [], settings: {} } };
    };
    const arms = [{ name: 'fixed', fingerprint: { hotfixes: ['KB2636573'] } }];
    const stop = { attemptsMax: 20 };
    const { id } = await core.useCases.startCampaign(aCampaign(clusterId, { stop, arms }));
    const view = await ended(core.useCases, id);
    expect(view.arms[0]).toMatchObject({ exposures: 10, fingerprintMismatches: 10 });
  });

  test('failures in a row trip the guard, and a person resumes', async () => {
    let failing = true;
    find = (job, clean) =>
      failing
        ? { ...clean, outcome: 'migration-failed', reason: 'no', locatedOn: job.source }
        : clean;
    const guards = { consecutiveMigrationFailedMax: 5 };
    const stop = { attemptsMax: 60 };
    const { id } = await core.useCases.startCampaign(aCampaign(clusterId, { stop, guards }));
    const paused = await eventually(
      () => core.useCases.getCampaign(id),
      ({ state, progress }) => state === 'paused' && progress.inFlight === 0,
    );
    expect(paused.blockedBecause).toMatch(
      /^guard consecutiveMigrationFailedMax: \d+ migrations failed/,
    );
    failing = false;
    for (const [vm, host] of anInventory(4, 8).vms.map((one) => [one.id, one.host ?? ''] as const))
      worker.hosts.set(vm, host);
    await core.useCases.resumeCampaign(id);
    const view = await ended(core.useCases, id);
    expect(view.progress.attemptsSettled).toBe(60);
    expect(view.progress.outcomes.clean).toBeGreaterThan(0);
    await expectTalliesToEqualRecount(database.pool('public'), id);
  });

  test('a pause takes waiting attempts off the queue, a resume brings them back, a stop cancels', async () => {
    const gate = Promise.withResolvers<void>();
    find = async (_job, clean) => {
      await gate.promise;
      return clean;
    };
    const stop = { attemptsMax: 1000 };
    const { id } = await core.useCases.startCampaign(aCampaign(clusterId, { stop }));
    await eventually(
      async () => worker.ran.length,
      (count) => count === 8,
    );
    await core.useCases.pauseCampaign(id);
    gate.resolve();
    const paused = await eventually(
      () => core.useCases.getCampaign(id),
      ({ progress }) => progress.inFlight === 0,
    );
    expect(paused).toMatchObject({ state: 'paused', blockedBecause: 'paused by a person' });
    expect(paused.progress.attemptsSettled).toBe(8);
    await core.useCases.resumeCampaign(id);
    await eventually(
      async () => worker.ran.length,
      (count) => count > 20,
    );
    await core.useCases.stopCampaign(id);
    const view = await ended(core.useCases, id);
    expect(view.state).toBe('stopped');
    expect(view.endReason).toBe('stopped by a person');
    expect(view.progress.attemptsSettled).toBe(view.progress.attemptsPlanned);
    expect([...worker.hosts]).toEqual(anInventory(4, 8).vms.map((vm) => [vm.id, vm.host]));
    await expect(core.useCases.resumeCampaign(id)).rejects.toMatchObject({
      code: 'state.conflict',
    });
    await expectTalliesToEqualRecount(database.pool('public'), id);
  });

  test('STOP pauses the campaigns of a cluster, ends its lease and forbids new ones', async () => {
    const { id } = await core.useCases.startCampaign(aCampaign(clusterId));
    const cluster = await core.useCases.stopCluster(clusterId);
    expect(cluster.stoppedAt).not.toBeNull();
    const { rows } = await database
      .pool('public')
      .query('select 1 from coordination.lease where held_until > clock_timestamp()');
    expect(rows).toEqual([]);
    await expect(core.useCases.startCampaign(aCampaign(clusterId))).rejects.toMatchObject({
      code: 'state.conflict',
    });
    await expect(core.useCases.resumeCampaign(id)).rejects.toMatchObject({
      code: 'state.conflict',
    });
    await core.useCases.releaseCluster(clusterId);
    await core.useCases.resumeCampaign(id);
    expect((await ended(core.useCases, id)).progress.outcomes.clean).toBe(100);
  });

  test('a malformed report ends its attempt as indeterminate', async () => {
    find = (job, clean) =>
      job.ordinal === 0 ? ({ ...clean, outcome: 'splendid' } as never) : clean;
    const { id } = await core.useCases.startCampaign(
      aCampaign(clusterId, { stop: { attemptsMax: 5 } }),
    );
    const view = await ended(core.useCases, id);
    expect(view.progress.outcomes).toMatchObject({ clean: 4, indeterminate: 1 });
    const page = await core.useCases.listAttempts(id, { limit: 10, outcome: 'indeterminate' });
    expect(page.items[0]?.reason).toMatch(/report was malformed/);
  });

  test('a campaign that cannot run is refused with every reason', async () => {
    const arms = [{ name: 'a', vms: { names: ['no such VM'] }, probability: 0.5 }];
    const wish = aCampaign(clusterId, { arms, stop: {} });
    await expect(core.useCases.startCampaign(wish)).rejects.toMatchObject({
      code: 'request.impossible',
      details: { errors: { length: 3 } },
    });
  });

  test('the plan says what would run', async () => {
    const plan = await core.useCases.planCampaign(aCampaign(clusterId));
    expect(plan.arms[0]?.vms).toHaveLength(8);
    expect(plan).toMatchObject({ concurrency: 8, attemptsMax: 100 });
    expect(plan.hostPairs).toContainEqual({ source: 'host-4', target: 'host-1' });
    expect(plan.expectedDurationMs).toBeGreaterThan(0);
  });
});
