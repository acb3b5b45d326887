import { AttemptJob } from '@gauntlet/shared/contracts/attempt-job';
import { parse } from '@gauntlet/shared/contracts/parse';
import { attemptQueueName, controlQueueName } from '@gauntlet/shared/contracts/queue-names';
import { type ControlReply, ControlRequest } from '@gauntlet/shared/contracts/worker-messages';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { JobWorker, QueueBackend, QueueJob } from '@gauntlet/shared/platform/queue-backend';
import { UnrecoverableError } from 'bullmq';
import { refuseControl } from '../../application/answer-control.ts';
import { toText } from '../../application/limits.ts';
import type { AttemptReport, DriverLog, ReportQueue } from '../../application/ports.ts';

const controlsAtOnceMax = 4;

/** Nobody waits any more for the answer to an older question, and an old put-back would do harm. */
const controlAgeMsMax = 600_000;

export interface ConsumerParts {
  readonly clusterId: string;
  readonly workerId: string;
  /** Attempts of this cluster in hands at once. */
  readonly concurrency: number;
  readonly lockMs: number;
  readonly backend: QueueBackend;
  readonly reports: ReportQueue;
  readonly clock: Clock;
  readonly log: DriverLog;
  /** Jobs taken whose report or reply is not stored yet. */
  readonly inHands: Set<QueueJob>;
  readonly serveAttempt: (job: AttemptJob) => Promise<AttemptReport>;
  readonly answerControl: (request: ControlRequest) => Promise<ControlReply>;
}

/**
 * Takes one cluster's attempts and questions. Closing stops the taking at once and resolves when
 * what is in hands has ended and is reported.
 */
export function createConsumers(parts: ConsumerParts): AsyncDisposable {
  const { clusterId, workerId, concurrency, lockMs, backend } = parts;
  const holding = (take: Take) => hold(take, parts);
  const settings = { name: workerId, lockMs };
  const workers: JobWorker[] = [
    backend.createWorker(attemptQueueName(clusterId), holding(takeAttempt), {
      ...settings,
      concurrency,
    }),
    backend.createWorker(controlQueueName(clusterId), holding(takeControl), {
      ...settings,
      concurrency: controlsAtOnceMax,
    }),
  ];
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}

type Take = (job: QueueJob, parts: ConsumerParts) => Promise<void>;

function hold(take: Take, parts: ConsumerParts) {
  return async (job: QueueJob): Promise<void> => {
    parts.inHands.add(job);
    try {
      await take(job, parts);
    } finally {
      parts.inHands.delete(job);
    }
  };
}

async function takeAttempt(job: QueueJob, parts: ConsumerParts): Promise<void> {
  const attempt = parseOrFail(() => parse(AttemptJob, job.data, 'attempt job'), job, parts);
  if (attempt.clusterId !== parts.clusterId || attempt.attemptId !== job.id) {
    throw fail(job, parts, 'the job is on the wrong queue or under the wrong id');
  }
  // The queue gives a job out once; should it ever not, the cluster is asked, not the VM moved.
  if (job.attemptsStarted > 1) throw fail(job, parts, 'an attempt is never run twice');
  const report = await parts.serveAttempt(attempt);
  await parts.reports.sendReport(report);
}

async function takeControl(job: QueueJob, parts: ConsumerParts): Promise<void> {
  const request = parseOrFail(() => parse(ControlRequest, job.data, 'control request'), job, parts);
  if (request.clusterId !== parts.clusterId)
    throw fail(job, parts, 'the job is on the wrong queue');
  const isStale = parts.clock.now() - job.timestamp > controlAgeMsMax;
  const reply = isStale
    ? refuseControl(request, parts.workerId, 'the request had waited too long')
    : await parts.answerControl(request);
  await parts.reports.sendReply(reply);
}

function parseOrFail<Value>(read: () => Value, job: QueueJob, parts: ConsumerParts): Value {
  try {
    return read();
  } catch (error) {
    throw fail(job, parts, toText(error));
  }
}

/** A failed job stays on the queue for people to look at; the orchestrator settles its attempt. */
function fail(job: QueueJob, { log, clusterId }: ConsumerParts, reason: string): Error {
  log.error({ clusterId, jobId: job.id, reason }, 'job refused');
  return new UnrecoverableError(reason);
}
