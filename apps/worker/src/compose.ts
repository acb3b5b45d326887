import os from 'node:os';
import path from 'node:path';
import type { AttemptReport } from '@gauntlet/shared/contracts/attempt-report';
import type { Coordination } from '@gauntlet/shared/contracts/coordination';
import { reportQueueName } from '@gauntlet/shared/contracts/queue-names';
import type { ControlReply, Heartbeat } from '@gauntlet/shared/contracts/worker-messages';
import { type DriverName, driverNames } from '@gauntlet/shared/domain/inventory';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { IdSource } from '@gauntlet/shared/platform/ids';
import type { Logger } from '@gauntlet/shared/platform/logger';
import type { QueueBackend } from '@gauntlet/shared/platform/queue-backend';
import packageJson from '../package.json' with { type: 'json' };
import { createReportQueue } from './adapters/bullmq/report-queue.ts';
import { type ClusterDirectory, createClusterDirectory } from './adapters/cluster-directory.ts';
import { createEvidenceFolder } from './adapters/evidence-folder.ts';
import { createStartGate } from './adapters/start-gate.ts';
import { toText, within } from './application/limits.ts';
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

/** What aborted attempts and their reports may still take, real ms. */
export const abandonMs = 60_000;

/** Resolves once the worker serves the clusters that exist now. The parts belong to the caller. */
export async function composeWorker(parts: WorkerParts): Promise<Worker> {
  const { config, queueBackend, coordination, clock, ids, log } = parts;
  const factories = parts.factories ?? driverFactories;
  const stopping = new AbortController();
  const aborting = new AbortController();
  const queue = queueBackend.createQueue<AttemptReport | ControlReply | Heartbeat>(reportQueueName);
  const reports = createReportQueue({ queue, clock, log });
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
      await stop({ directory, aborting, graceMs: config.graceMs, running, clock, log });
      stopping.abort();
      await reports[Symbol.asyncDispose]();
      await Promise.all([polling, beating]);
      await queue.close();
    },
  };
}

interface StopParts extends Pick<WorkerParts, 'clock' | 'log'> {
  readonly directory: ClusterDirectory;
  readonly aborting: AbortController;
  readonly graceMs: number;
  readonly running: RunningAttempts;
}

async function stop({ directory, aborting, graceMs, running, clock, log }: StopParts) {
  const inHands = running.list().length;
  if (inHands > 0) log.info({ attempts: inHands, graceMs }, 'attempts in hands may end first');
  const limit = { clock, signal: new AbortController().signal, ms: graceMs, abortMs: abandonMs };
  const closed = await within(limit, async (signal) => {
    signal.addEventListener('abort', () => {
      const attempts = running.list().length;
      if (attempts > 0) log.warn({ attempts }, 'grace is over: attempts are broken off');
      aborting.abort(new Error('the worker is stopping'));
    });
    await directory[Symbol.asyncDispose]();
  });
  if (closed.kind === 'late') log.error({}, 'some clusters could not be closed in time');
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
