import type { AttemptReport } from '@gauntlet/shared/contracts/attempt-report';
import { reportQueueName } from '@gauntlet/shared/contracts/queue-names';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { Logger } from '@gauntlet/shared/platform/logger';
import type {
  JobQueue,
  JobWorker,
  QueueBackend,
  QueueJob,
} from '@gauntlet/shared/platform/queue-backend';
import { createDrainWatch } from './drain-watch.ts';
import { createBatcher } from './report-batcher.ts';
import { createMessageReader, type ReportHandlers } from './report-messages.ts';

export interface ReportConsumer extends AsyncDisposable {
  /** Settles what an earlier process left behind: jobs it had in hands, jobs that failed. */
  sweep(): Promise<void>;
  start(): void;
}

export interface ReportConsumerOptions {
  readonly backend: QueueBackend;
  readonly queue: JobQueue;
  readonly handlers: ReportHandlers;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Messages in hands at once. */
const concurrency = 64;
const batchMax = 256;
/** Short, so that a new orchestrator soon finds what a killed one had in hands. */
const lockMs = 10_000;
/** How long a batch may gather while the queue still has reports. */
const gatherMsMax = 50;
const sweepMax = 2_000;
const closeMsMax = 5_000;

/**
 * Takes what workers say. A report's job is completed only after its transaction committed, so a
 * crash at any moment leaves the report in the queue; it may be settled twice, which changes
 * nothing the second time.
 */
export function createReportConsumer(options: ReportConsumerOptions): ReportConsumer {
  const { backend, queue, handlers, log } = options;
  const closing = new AbortController();
  const drain = createDrainWatch(options.clock);
  const batcher = createBatcher<AttemptReport>({
    work: (reports) => handlers.settle(reports),
    batchMax,
    clock: options.clock,
    signal: closing.signal,
    gathered: () => drain.idle(gatherMsMax),
    onFailure: (err) => log.error({ err }, 'reports cannot be settled: they wait in the queue'),
    onRecovery: () => log.info({}, 'reports are settled again'),
  });

  const push = (report: AttemptReport) => batcher.push(report);
  const handle = createMessageReader({ handlers, push, log });
  const inHands = new Set<string>();

  async function process(job: QueueJob): Promise<void> {
    const id = job.id ?? '';
    inHands.add(id);
    drain.taken();
    try {
      await handle(job.data, job.id);
    } finally {
      inHands.delete(id);
    }
  }

  let worker: JobWorker | undefined;
  return {
    async sweep() {
      const left = await queue.getJobs(['failed', 'active'], 0, sweepMax);
      const own = left.filter((job) => job !== undefined && !inHands.has(job.id ?? ''));
      await Promise.all(own.map((job) => handle(job.data, job.id)));
      // One that is active and locked stays; it will fail there and be swept again.
      for (const job of own) if (job.id !== undefined) await queue.remove(job.id);
    },
    start() {
      if (worker !== undefined) return;
      worker = backend.createWorker(reportQueueName, process, { concurrency, lockMs });
      worker.on('drained', () => drain.drained());
    },
    async [Symbol.asyncDispose]() {
      // Lets the batches in hands commit; what cannot be written stays in the queue.
      const closed = worker?.close();
      await Promise.race([closed, options.clock.sleep(closeMsMax)]);
      closing.abort(new Error('the orchestrator is shutting down'));
      await closed;
    },
  };
}
