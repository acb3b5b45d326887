import { AttemptReport } from '@gauntlet/shared/contracts/attempt-report';
import { parse } from '@gauntlet/shared/contracts/parse';
import type { ControlReply, Heartbeat } from '@gauntlet/shared/contracts/worker-messages';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { JobQueue } from '@gauntlet/shared/platform/queue-backend';
import { toText } from '../../application/limits.ts';
import type { DriverLog, ReportQueue } from '../../application/ports.ts';
import { toUnsendableReport } from '../../application/to-report.ts';

const batchMax = 100;
const retryMsMin = 100;
const retryMsMax = 2_000;

/**
 * An orchestrator that cannot store a report right now tries again later; the report outlives five
 * hours of a lost database. `attempts` of BullMQ is about taking the message, not the attempt.
 */
const durable = { attempts: 6_000, backoff: { type: 'fixed', delay: 3_000 } } as const;

type Message = AttemptReport | ControlReply | Heartbeat;

interface Pending {
  readonly name: string;
  readonly data: Message;
  readonly opts: { readonly jobId?: string };
  readonly stored: PromiseWithResolvers<void>;
}

export interface ReportQueueParts {
  readonly queue: JobQueue<Message>;
  readonly clock: Clock;
  readonly log: DriverLog;
  /** Jobs the worker has in hands, those that wait to be sent among them; absent: none. */
  readonly inHands?: (() => number) | undefined;
}

/** With so many attempts about to report, one round trip for several is worth a short wait. */
const crowdMin = 8;
const gatherMs = 5;

/**
 * Sends what workers say, many in one round trip when many wait. Reports and replies are sent until
 * the backend has them: whoever waits for that holds its place among the jobs in hands, so a lost
 * backend stops the taking of jobs and the buffer is as long as the worker's concurrency.
 */
export function createReportQueue({
  queue,
  clock,
  log,
  inHands = () => 0,
}: ReportQueueParts): ReportQueue & AsyncDisposable {
  const ending = new AbortController();
  let pending: Pending[] = [];
  let sending: Promise<void> | undefined;
  let lastHeartbeat: string | undefined;

  function send(name: string, data: Message, jobId: string): Promise<void> {
    const stored = Promise.withResolvers<void>();
    pending.push({ name, data, opts: { jobId, ...durable }, stored });
    sending ??= sendAll().finally(() => {
      sending = undefined;
    });
    return stored.promise;
  }

  async function sendAll(): Promise<void> {
    let retryMs = retryMsMin;
    // All that end in the same turn of the event loop go together.
    await Promise.resolve();
    while (pending.length > 0 && !ending.signal.aborted) {
      if (inHands() - pending.length >= crowdMin)
        await clock.sleep(gatherMs, ending.signal).catch(() => {});
      const batch = pending.slice(0, batchMax);
      pending = pending.slice(batch.length);
      const left = await sendBatch({ queue, log }, batch);
      if (left.length === 0) {
        retryMs = retryMsMin;
        continue;
      }
      pending = [...pending, ...left];
      await clock.sleep(retryMs, ending.signal).catch(() => {});
      retryMs = Math.min(retryMs * 2, retryMsMax);
    }
  }

  return {
    sendReport: (report) => send('attempt', toSendable(report, log), report.attemptId),
    sendReply: (reply) => send('control', reply, reply.requestId),
    // Not worth a second try: the next one says more. Of each worker only the last one waits, so
    // that they do not pile up while no orchestrator takes them.
    async sendHeartbeat(heartbeat) {
      const previous = lastHeartbeat;
      lastHeartbeat = (await queue.add('heartbeat', heartbeat, { removeOnFail: true })).id;
      if (previous !== undefined) await queue.remove(previous);
    },
    async [Symbol.asyncDispose]() {
      ending.abort();
      await sending;
      if (pending.length > 0) {
        const attemptIds = pending.map(({ opts }) => opts.jobId);
        log.error({ attemptIds }, 'ended with reports that the queue never got');
      }
      for (const { stored } of pending) stored.reject(new Error('the worker ended'));
    },
  };
}

/** Resolves with those that could not be stored; one bad message holds no other up. */
async function sendBatch(
  { queue, log }: Pick<ReportQueueParts, 'queue' | 'log'>,
  batch: readonly Pending[],
): Promise<Pending[]> {
  try {
    await queue.addBulk(batch.map(({ name, data, opts }) => ({ name, data, opts })));
    for (const { stored } of batch) stored.resolve();
    return [];
  } catch (error) {
    log.warn({ reason: toText(error), count: batch.length }, 'reports wait for the queue');
  }
  const results = await Promise.allSettled(
    batch.map(({ name, data, opts }) => queue.add(name, data, opts)),
  );
  return batch.filter((message, index) => {
    if (results[index]?.status !== 'fulfilled') return true;
    message.stored.resolve();
    return false;
  });
}

/** An attempt must be settled even when its report is our bug. */
function toSendable(report: AttemptReport, log: DriverLog): AttemptReport {
  try {
    return parse(AttemptReport, report, 'attempt report');
  } catch (error) {
    log.error({ attemptId: report.attemptId, err: error }, 'report does not match its contract');
    return toUnsendableReport(report, toText(error));
  }
}
