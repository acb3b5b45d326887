import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { AppError } from '@gauntlet/shared/contracts/errors';
import { reportQueueName } from '@gauntlet/shared/contracts/queue-names';
import { systemIds } from '@gauntlet/shared/platform/ids';
import { createSilentLogger } from '@gauntlet/shared/platform/logger';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { DriverFactory } from '../src/application/ports.ts';
import { composeWorker, type Worker, type WorkerParts } from '../src/compose.ts';
import { anAttemptJob } from '../src/testing/attempt-job.ts';
import {
  createScriptedDriver,
  type Script,
  type ScriptedDriver,
} from '../src/testing/scripted-driver.ts';
import { aCluster, createTestOrchestrator, type TestOrchestrator } from './test-orchestrator.ts';
import { backends, type TestQueues } from './test-queues.ts';

let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(path.join(os.tmpdir(), 'gauntlet-worker-'));
});
afterAll(() => rm(dataDir, { recursive: true, force: true }));

const soon = { timeout: 30_000, interval: 20 };
const aJob = (given: Parameters<typeof anAttemptJob>[0] = {}) =>
  anAttemptJob({ attemptId: randomUUID(), settleMs: 20, queuedAt: systemClock.now(), ...given });
const aRequest = (op: 'inventory') =>
  ({ v: 1, requestId: randomUUID(), clusterId: aCluster.id, op }) as const;

const swift: Script = {
  migrate: async ({ move, complete }, signal) => {
    await systemClock.sleep(5, signal);
    move();
    return complete();
  },
};

function startWorker(
  queues: TestQueues,
  factory: DriverFactory,
  config: Partial<WorkerParts['config']> = {},
): Promise<Worker> {
  return composeWorker({
    ...queues,
    clock: systemClock,
    ids: systemIds,
    log: createSilentLogger(),
    factories: { simulated: factory },
    config: {
      workerName: 'worker-1',
      dataDir,
      concurrency: 4,
      clusters: null,
      graceMs: 5_000,
      lockMs: 1_000,
      secret: () => undefined,
      ...config,
    },
  });
}

async function openOrchestrator(queues: TestQueues, isAllowed = true): Promise<TestOrchestrator> {
  const orchestrator = createTestOrchestrator(queues);
  await orchestrator.publish(aCluster);
  if (isAllowed) await orchestrator.allow();
  return orchestrator;
}

describe.each(backends)('a worker on $kind', { timeout: 60_000 }, ({ isThere, open }) => {
  test.skipIf(!isThere)('turns jobs into reports and says every second what it runs', async () => {
    await using queues = await open();
    await using orchestrator = await openOrchestrator(queues);
    await using _worker = await startWorker(queues, async () =>
      createScriptedDriver(systemClock, {
        ...swift,
        locate: async (vmId) => ({ vmId, host: 'a', state: 'running', migrating: false }),
        probe: async () => {
          await systemClock.sleep(1_200);
          return { alive: true, faults: [] };
        },
      }),
    );
    const jobs = Array.from({ length: 8 }, (_, ordinal) => aJob({ ordinal, target: 'a' }));
    await orchestrator.start(...jobs);
    const reports = await Promise.all(jobs.map((job) => orchestrator.reportOf(job.attemptId)));
    expect(reports.map((report) => report.outcome)).toEqual(jobs.map(() => 'clean'));
    await vi.waitFor(async () => {
      const counts = await orchestrator.attempts.getJobCounts();
      expect(counts).toMatchObject({ active: 0, waiting: 0, failed: 0, completed: 0 });
    }, soon);
    expect(orchestrator.reports).toHaveLength(8);
    const busy = orchestrator.heartbeats.filter((heartbeat) => heartbeat.running.length > 0);
    expect(busy.length).toBeGreaterThan(0);
    expect(busy[0]).toMatchObject({ workerId: 'worker-1', drivers: ['simulated'] });
  });

  test.skipIf(!isThere)('never starts an attempt while the lease is not held', async () => {
    await using queues = await open();
    await using orchestrator = await openOrchestrator(queues, false);
    const driver = createScriptedDriver(systemClock, swift);
    await using _worker = await startWorker(queues, async () => driver);
    const stopped = aJob();
    await orchestrator.start(stopped);
    expect(await orchestrator.reportOf(stopped.attemptId)).toMatchObject({
      outcome: 'cancelled',
      reason: 'stopped before it started',
    });
    expect(driver.calls).not.toContain('migrate');
    await orchestrator.allow();
    const allowed = aJob();
    await orchestrator.start(allowed);
    expect(await orchestrator.reportOf(allowed.attemptId)).toMatchObject({ outcome: 'clean' });
  });

  test.skipIf(!isThere)('shows a driver that cannot work, in reports and in replies', async () => {
    await using queues = await open();
    await using orchestrator = await openOrchestrator(queues);
    await using _worker = await startWorker(queues, async () => {
      throw new AppError('driver.unavailable', 'there is no /dev/kvm here');
    });
    const job = aJob();
    await orchestrator.start(job);
    const report = await orchestrator.reportOf(job.attemptId);
    expect(report).toMatchObject({ outcome: 'rig-fault' });
    expect(report.reason).toContain('there is no /dev/kvm here');
    const reply = await orchestrator.ask(aRequest('inventory'));
    expect(reply).toMatchObject({ ok: false, workerId: 'worker-1' });
    expect(reply.error).toContain('there is no /dev/kvm here');
  });

  test.skipIf(!isThere)('follows the directory: new, changed and deleted clusters', async () => {
    await using queues = await open();
    await using orchestrator = createTestOrchestrator(queues);
    await orchestrator.allow();
    const built: { options: unknown; driver: ScriptedDriver }[] = [];
    await using _worker = await startWorker(queues, async ({ options }) => {
      const driver = createScriptedDriver(systemClock, swift);
      built.push({ options, driver });
      return driver;
    });
    await orchestrator.publish(aCluster);
    expect(await orchestrator.ask(aRequest('inventory'))).toMatchObject({ ok: true });
    await orchestrator.publish({ ...aCluster, revision: 2, options: { hosts: 4 } });
    // Planned on revision 2, maybe before this worker polled: it reads the directory anew.
    const job = aJob({ clusterRevision: 2 });
    await orchestrator.start(job);
    expect(await orchestrator.reportOf(job.attemptId)).toMatchObject({ outcome: 'clean' });
    expect(built.map(({ options }) => options)).toEqual([{}, { hosts: 4 }]);
    expect(built[0]?.driver.isDisposed()).toBe(true);
    await orchestrator.publish();
    await vi.waitFor(() => expect(built[1]?.driver.isDisposed()).toBe(true), soon);
  });

  test.skipIf(!isThere)(
    'leaves one heartbeat on the queue, however long none is taken',
    async () => {
      await using queues = await open();
      const queue = queues.queueBackend.createQueue(reportQueueName);
      await using stack = new AsyncDisposableStack();
      stack.defer(() => queue.close());
      await using _worker = await startWorker(queues, async () =>
        createScriptedDriver(systemClock),
      );
      await systemClock.sleep(3_500);
      expect(await queue.getJobCountByTypes('waiting', 'failed', 'delayed')).toBeLessThanOrEqual(2);
    },
  );

  test.skipIf(!isThere)('refuses a job it cannot read, and goes on', async () => {
    await using queues = await open();
    await using orchestrator = await openOrchestrator(queues);
    const driver = createScriptedDriver(systemClock, swift);
    await using _worker = await startWorker(queues, async () => driver);
    const bad = { ...aJob(), vm: null } as unknown as ReturnType<typeof aJob>;
    const good = aJob();
    await orchestrator.start(bad, good);
    expect(await orchestrator.reportOf(good.attemptId)).toMatchObject({ outcome: 'clean' });
    const [failed] = await orchestrator.attempts.getFailed();
    expect(failed?.failedReason).toContain('/vm');
    expect(orchestrator.reports).toHaveLength(1);
  });

  test.skipIf(!isThere)('lets an attempt end within the grace when it is stopped', async () => {
    await using queues = await open();
    await using orchestrator = await openOrchestrator(queues);
    const driver = createScriptedDriver(systemClock);
    const worker = await startWorker(queues, async () => driver);
    const [running, waiting] = [aJob(), aJob()];
    await orchestrator.start(running);
    await vi.waitFor(() => expect(driver.calls).toContain('migrate'), soon);
    const stopped = worker[Symbol.asyncDispose]();
    await orchestrator.start(waiting);
    await stopped;
    expect(await orchestrator.reportOf(running.attemptId)).toMatchObject({ outcome: 'clean' });
    // One that comes in the moment of stopping waits for another worker, or was taken and ends too.
    const state = await orchestrator.attempts.getJobState(waiting.attemptId);
    if (state !== 'waiting') {
      expect(await orchestrator.reportOf(waiting.attemptId)).toMatchObject({ outcome: 'clean' });
    }
    expect(driver.isDisposed()).toBe(true);
  });

  test.skipIf(!isThere)('breaks attempts off when the grace is over, and says so', async () => {
    await using queues = await open();
    await using orchestrator = await openOrchestrator(queues);
    const driver = createScriptedDriver(systemClock, {
      migrate: async (_given, signal) => {
        await systemClock.sleep(3_600_000, signal).catch(() => {});
        const failure = { class: 'cancelled', code: null, message: 'cancelled' } as const;
        return { kind: 'failed', failure };
      },
    });
    const worker = await startWorker(queues, async () => driver, { graceMs: 100 });
    const job = aJob();
    await orchestrator.start(job);
    await vi.waitFor(() => expect(driver.calls).toContain('migrate'), soon);
    await worker[Symbol.asyncDispose]();
    expect(await orchestrator.reportOf(job.attemptId)).toMatchObject({
      outcome: 'indeterminate',
      locatedOn: 'a',
    });
    expect(await orchestrator.attempts.getJobCounts('failed')).toMatchObject({ failed: 0 });
  });

  test.skipIf(!isThere)(
    'that is killed leaves one failed job, which nobody runs again',
    async () => {
      await using queues = await open();
      await using orchestrator = await openOrchestrator(queues);
      const ledger = path.join(dataDir, `ledger-${randomUUID()}`);
      const script = path.join(import.meta.dirname, 'worker-process.ts');
      const args = [script, JSON.stringify(queues.address), dataDir, ledger];
      const killed = spawn(process.execPath, args, { stdio: 'inherit' });
      const begun = () => readFile(ledger, 'utf8').catch(() => '');
      const job = aJob();
      await orchestrator.start(job);
      await vi.waitFor(async () => expect(await begun()).toBe('migrate\n'), soon);
      killed.kill('SIGKILL');
      const driver = createScriptedDriver(systemClock, swift);
      await using _other = await startWorker(queues, async () => driver);
      const { attempts } = orchestrator;
      await vi.waitFor(
        async () => expect(await attempts.getJobState(job.attemptId)).toBe('failed'),
        soon,
      );
      await systemClock.sleep(1_000);
      expect(await attempts.getJobCounts('failed', 'active', 'waiting')).toMatchObject({
        failed: 1,
        active: 0,
        waiting: 0,
      });
      expect(await begun()).toBe('migrate\n');
      expect(driver.calls).not.toContain('migrate');
      expect(orchestrator.reports).toEqual([]);
    },
  );
});
