import { reportQueueName } from '@gauntlet/shared/contracts/queue-names';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Core } from '../src/compose-core.ts';
import { aCampaign, type Bench, createBench, ended, eventually } from './support/core.ts';
import { createTestDatabase, type TestDatabase, testDatabaseUrl } from './support/database.ts';
import { expectTalliesToEqualRecount } from './support/recount.ts';
import {
  anInventory,
  cleanReport,
  type Finder,
  sendAhead,
  sendReport,
  startScriptedWorker,
} from './support/scripted-worker.ts';
import { bugcheckWithConsole, consoleSha256 } from './support/storvsc.ts';

describe.skipIf(testDatabaseUrl === undefined)('a bugcheck told ahead of the report', () => {
  let stack: AsyncDisposableStack;
  let database: TestDatabase;
  let bench: Bench;
  let core: Core;
  let clusterId: string;
  let recovered: PromiseWithResolvers<void>;

  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    database = stack.use(await createTestDatabase());
    bench = stack.use(await createBench(database));
    core = stack.use(await bench.start());
    clusterId = (await core.useCases.createCluster({ name: 'demo', driver: 'simulated' })).id;
    recovered = Promise.withResolvers();
  });

  afterEach(async () => {
    // First, or the worker waits for it and its attempt never ends.
    recovered.resolve();
    await stack.disposeAsync();
  });

  const reportQueue = () => {
    const reports = bench.backend.createQueue(reportQueueName);
    stack.defer(() => reports.close());
    return reports;
  };

  const startWorker = (find: Finder) =>
    stack.use(
      startScriptedWorker({
        backend: bench.backend,
        clusterId,
        inventory: anInventory(4, 8),
        find,
      }),
    );

  const startCampaign = (attemptsMax: number) =>
    core.useCases.startCampaign(aCampaign(clusterId, { stop: { attemptsMax } }));

  const whenSeen = (campaignId: string) =>
    eventually(
      () => core.useCases.listBugchecks({ campaignId }, { limit: 10 }),
      ({ items }) => items.length > 0,
    );

  test('is seen with bucket and evidence while its attempt is open, and settles once', async () => {
    const reports = reportQueue();
    startWorker(async (job, clean) => {
      if (job.ordinal !== 3) return clean;
      const timeline = [{ at: job.queuedAt, event: 'guest-bugcheck', detail: null }];
      const report = { ...bugcheckWithConsole(job, clean), timeline };
      await sendAhead(reports, report);
      await recovered.promise;
      return { ...report, phases: { ...report.phases, recoveryMs: 900 } };
    });
    const { id } = await startCampaign(30);
    const { items } = await whenSeen(id);
    expect(items).toHaveLength(1);
    const [bugcheck] = items;
    expect(bugcheck).toMatchObject({ code: '0x000000D1', evidence: [{ sha256: consoleSha256 }] });
    const open = await core.useCases.getAttempt(bugcheck?.attemptId ?? '');
    expect(open).toMatchObject({ outcome: null, settledAt: null, bugcheckId: bugcheck?.id });
    expect(open.timeline.map(({ event }) => event)).toEqual(['guest-bugcheck']);
    const during = await core.useCases.getCampaign(id);
    expect(during.lastBugcheck?.id).toBe(bugcheck?.id);
    expect(during.arms[0]?.bugchecks).toBe(0);
    recovered.resolve();
    const view = await ended(core.useCases, id);
    expect(view.progress.outcomes).toMatchObject({ clean: 29, 'guest-bugcheck': 1 });
    expect((await core.useCases.listBugchecks({ campaignId: id }, { limit: 10 })).items).toEqual(
      items,
    );
    const settled = await core.useCases.getAttempt(open.id);
    expect(settled).toMatchObject({
      outcome: 'guest-bugcheck',
      bugcheckId: bugcheck?.id,
      phases: { recoveryMs: 900 },
    });
    expect(settled.evidence).toHaveLength(1);
    const events = await core.useCases.readEvents(id, 0, 500);
    expect(events.filter(({ kind }) => kind === 'bugcheck')).toHaveLength(1);
    await expectTalliesToEqualRecount(database.pool('public'), id);
  });

  test('is what the attempt settles as when the worker falls silent meanwhile', async () => {
    const reports = reportQueue();
    const worker = startWorker(async (job, clean) => {
      if (job.ordinal !== 3) return clean;
      await sendAhead(reports, bugcheckWithConsole(job, clean));
      await whenSeen(job.campaignId);
      worker.fallSilent();
      await recovered.promise;
      return clean;
    });
    const { id } = await startCampaign(20);
    const view = await ended(core.useCases, id);
    expect(view.progress.outcomes).toMatchObject({ clean: 19, 'guest-bugcheck': 1 });
    const page = await core.useCases.listAttempts(id, { limit: 10, outcome: 'guest-bugcheck' });
    expect(page.items[0]?.reason).toBe(
      'the guest went down with 0x000000D1; then: worker scripted is dead',
    );
    await expectTalliesToEqualRecount(database.pool('public'), id);
  });

  test('changes nothing when it comes twice, too late, or malformed', async () => {
    const reports = reportQueue();
    startWorker(async (job, clean) => {
      const report = bugcheckWithConsole(job, clean);
      if (job.ordinal === 1) await sendReport(reports, { ...report, recovering: true }, 'copy');
      if (job.ordinal === 1) await sendAhead(reports, report);
      if (job.ordinal === 2) await sendAhead(reports, { ...report, outcome: 'odd' as never });
      return job.ordinal <= 2 ? report : clean;
    });
    const { id } = await startCampaign(10);
    const view = await ended(core.useCases, id);
    const { items } = await core.useCases.listBugchecks({ campaignId: id }, { limit: 10 });
    expect(items).toHaveLength(3);
    const late = await core.useCases.getAttempt(items[0]?.attemptId ?? '');
    expect(late.settledAt).not.toBeNull();
    await sendReport(reports, { ...lateReport(late), recovering: true }, 'late');
    await eventually(
      () => reports.count(),
      (count) => count === 0,
    );
    expect((await core.useCases.getCampaign(id)).progress).toEqual(view.progress);
    expect((await core.useCases.listBugchecks({ campaignId: id }, { limit: 10 })).items).toEqual(
      items,
    );
    await expectTalliesToEqualRecount(database.pool('public'), id);
  });

  /** As a worker would have told it, only after its attempt was settled. */
  function lateReport({
    id,
    campaignId,
    target,
  }: {
    id: string;
    campaignId: string;
    target: string;
  }) {
    const job = {
      attemptId: id,
      campaignId,
      clusterId,
      queuedAt: 1,
      target,
    } as Parameters<Finder>[0];
    return bugcheckWithConsole(job, cleanReport(job));
  }
});
