import os from 'node:os';
import path from 'node:path';
import type { AttemptReports } from '@gauntlet/shared/contracts/attempt-report';
import type { Coordination } from '@gauntlet/shared/contracts/coordination';
import { reportQueueName } from '@gauntlet/shared/contracts/queue-names';
import type { ControlReply, Heartbeat } from '@gauntlet/shared/contracts/worker-messages';
import { type DriverName, driverNames } from '@gauntlet/shared/domain/inventory';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { IdSource } from '@gauntlet/shared/platform/ids';
import type { Logger } from '@gauntlet/shared/platform/logger';
import type { QueueBackend, QueueJob } from '@gauntlet/shared/platform/queue-backend';
import packageJson from '../package.json' with { type: 'json' };
import { createReportQueue } from './adapters/bullmq/report-queue.ts';
import { type ClusterDirectory, createClusterDirectory } from './adapters/cluster-directory.ts';
import { createEvidenceFolder } from './adapters/evidence-folder.ts';
import { createStartGate } from './adapters/start-gate.ts';
import { type Limit, toText, within } from './application/limits.ts';
import type { ReportQueue } from './application/ports.ts';
import { createRunningAttempts, type RunningAttempts } from './application/serve-attempt.ts';
import { buildDriver } from './build-driver.ts';
import type { WorkerConfig } from './config.ts';
import { type DriverFactories, driverFactories } from './drivers/index.ts';
import { repeat } from './loops.ts';
import { serveCluster } from './serve-cluster.ts';

export interface WorkerParts {
  readonly config: WorkerConfig;
  readonly queueBackend: QueueBackend;
  readonly coordination: Coordination;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Logger;
  /** The drivers of this worker; all there are unless told otherwise. */
  readonly factories?: DriverFactories | undefined;
}

/** Disposing stops it: no new jobs, attempts in hands end within the grace or are aborted. */
export type Worker = AsyncDisposable;

const heartbeatMs = 1_000;
const directoryMs = 1_000;

/** How long a queue, or a driver, that nobody uses any more may take to close, ms. */
const closeMsMax = 10_000;
const idleEveryMs = 100;

/** What aborted attempts and their reports may still take, real ms. */
export const abandonMs = 60_000;

/** Resolves once the worker serves the clusters that exist now. The parts belong to the caller. */
export async function composeWorker(parts: WorkerParts): Promise<Worker> {
  const { config, queueBackend, coordination, clock, ids, log } = parts;
  const factories = parts.factories ?? driverFactories;
  const stopping = new AbortController();
  const aborting = new AbortController();
  const queue = queueBackend.createQueue<AttemptReports | ControlReply | Heartbeat>(
    reportQueueName,
  );
  const inHands = new Set<QueueJob>();
  const reports = createReportQueue({ queue, clock, log, inHands: () => inHands.size });
  const running = createRunningAttempts();
  const evidence = createEvidenceFolder(path.resolve(config.dataDir, 'evidence'), () => ids.next());
  const gate = createStartGate({ coordination, clock, log });
  const building = { factories, dataDir: config.dataDir, clock, log, secret: config.secret };
  const directory: ClusterDirectory = createClusterDirectory({
    coordination,
    only: config.clusters,
    clock,
    log,
    serve: (definition) =>
      serveCluster(definition, {
        config,
        backend: queueBackend,
        reports,
        gate,
        evidence,
        running,
        inHands,
        build: (next) => buildDriver(next, building),
        refresh: () => directory.refresh(),
        clock,
        log,
        signal: aborting.signal,
      }),
  });
  await directory.refresh();
  const loop = { clock, signal: stopping.signal };
  const polling = repeat({ ...loop, everyMs: directoryMs }, () => directory.refresh());
  const beat = createHeartbeat({ config, clock, reports, running, log, factories });
  const beating = repeat({ ...loop, everyMs: heartbeatMs }, beat);
  log.info({ worker: config.workerName, clusters: directory.served().length }, 'worker is ready');
  return {
    async [Symbol.asyncDispose]() {
      await stop({ directory, aborting, graceMs: config.graceMs, inHands, clock, log });
      stopping.abort();
      // A lost backend must not keep a worker from ending that has nothing in hands any more.
      await within(toLimit(clock, closeMsMax), async () => {
        await reports[Symbol.asyncDispose]();
        await Promise.all([polling, beating]);
        await queue.close();
      });
    },
  };
}

function toLimit(clock: Clock, ms: number, abortMs = 1): Limit {
  return { clock, signal: new AbortController().signal, ms, abortMs };
}

interface StopParts extends Pick<WorkerParts, 'clock' | 'log'> {
  readonly directory: ClusterDirectory;
  readonly aborting: AbortController;
  readonly graceMs: number;
  readonly inHands: ReadonlySet<QueueJob>;
}

async function stop({ directory, aborting, graceMs, inHands, clock, log }: StopParts) {
  if (inHands.size > 0) log.info({ jobs: inHands.size, graceMs }, 'what is in hands may end first');
  const over = new AbortController();
  const closed = await within(toLimit(clock, graceMs, abandonMs), async (signal) => {
    signal.addEventListener('abort', () => {
      if (inHands.size > 0) log.warn({ jobs: inHands.size }, 'grace is over: jobs are broken off');
      aborting.abort(new Error('the worker is stopping'));
    });
    const closing = directory[Symbol.asyncDispose]();
    await Promise.race([closing, waitUntilIdle(inHands, clock, over.signal)]);
  });
  over.abort();
  if (closed.kind === 'late') log.error({ jobs: inHands.size }, 'jobs could not be broken off');
}

/** Resolves when nothing was in hands for some seconds: then only the queue itself is silent. */
async function waitUntilIdle(
  inHands: ReadonlySet<QueueJob>,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  let busyAtMs = clock.monotonicMs();
  while (!signal.aborted && clock.monotonicMs() - busyAtMs < closeMsMax) {
    await clock.sleep(idleEveryMs, signal).catch(() => {});
    if (inHands.size > 0) busyAtMs = clock.monotonicMs();
  }
}

interface HeartbeatParts extends Pick<WorkerParts, 'config' | 'clock' | 'log'> {
  readonly reports: ReportQueue;
  readonly running: RunningAttempts;
  readonly factories: DriverFactories;
}

function createHeartbeat(parts: HeartbeatParts): () => Promise<void> {
  const { config, clock, log, reports, running, factories } = parts;
  const startedAt = clock.now();
  const drivers = driverNames.filter((name: DriverName) => factories[name] !== undefined);
  return async () => {
    try {
      await reports.sendHeartbeat({
        v: 1,
        kind: 'heartbeat',
        workerId: config.workerName,
        hostName: os.hostname(),
        version: packageJson.version,
        drivers,
        startedAt,
        sentAt: clock.now(),
        running: running.list(),
      });
    } catch (error) {
      log.debug({ reason: toText(error) }, 'heartbeat was not sent');
    }
  };
}
