import {
  AttemptReport,
  type AttemptReports,
  reportsPerMessageMax,
} from '@gauntlet/shared/contracts/attempt-report';
import { parse } from '@gauntlet/shared/contracts/parse';
import type { ControlReply, Heartbeat } from '@gauntlet/shared/contracts/worker-messages';
import { assert } from '@gauntlet/shared/kernel/assert';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { JobQueue } from '@gauntlet/shared/platform/queue-backend';
import { toText } from '../../application/limits.ts';
import type { DriverLog, ReportQueue } from '../../application/ports.ts';
import { toUnsendableReport } from '../../application/to-report.ts';

const retryMsMin = 100;
const retryMsMax = 2_000;

/**
 * An orchestrator that cannot store a report right now tries again later; the report outlives five
 * hours of a lost database. `attempts` of BullMQ is about taking the message, not the attempt.
 */
const durable = { attempts: 6_000, backoff: { type: 'fixed', delay: 3_000 } } as const;

type Message = AttemptReports | ControlReply | Heartbeat;

/** One report or reply that somebody waits to know stored. */
interface Pending {
  readonly content: AttemptReport | ControlReply;
  /** Of the attempt or the request. */
  readonly id: string;
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
 * backend stops the taking of jobs. The buffer holds two reports for each of them at most.
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

  function send(content: Pending['content'], id: string): Promise<void> {
    const stored = Promise.withResolvers<void>();
    pending.push({ content, id, stored });
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
      const batch = pending;
      pending = [];
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
    sendReport: (report) => send(toSendable(report, log), report.attemptId),
    // An id of its own: the final report must not be taken for a copy of this one.
    sendAhead: async (report) =>
      send(parse(AttemptReport, report, 'report told ahead'), `${report.attemptId}-ahead`),
    sendReply: (reply) => send(reply, reply.requestId),
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
        const attemptIds = pending.map(({ id }) => id);
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
    await queue.addBulk(toMessages(batch).map(toJob));
    for (const { stored } of batch) stored.resolve();
    return [];
  } catch (error) {
    log.warn({ reason: toText(error), count: batch.length }, 'reports wait for the queue');
  }
  // What the failed command stored all the same comes twice, and settles once.
  const results = await Promise.allSettled(
    batch.map((one) => {
      const { name, data, opts } = toJob([one]);
      return queue.add(name, data, opts);
    }),
  );
  return batch.filter((one, index) => {
    if (results[index]?.status !== 'fulfilled') return true;
    one.stored.resolve();
    return false;
  });
}

/** Reports travel together, which costs the queue one job; evidence may be large and goes alone. */
function toMessages(batch: readonly Pending[]): Pending[][] {
  const light = batch.filter(isLight);
  const messages = batch.filter((one) => !isLight(one)).map((one) => [one]);
  for (let from = 0; from < light.length; from += reportsPerMessageMax)
    messages.push(light.slice(from, from + reportsPerMessageMax));
  return messages;
}

function isLight({ content }: Pending): boolean {
  return 'evidence' in content && content.evidence.length === 0;
}

function toJob(message: readonly Pending[]) {
  const [first] = message;
  assert(first !== undefined, 'a message holds at least one report');
  const opts = { jobId: first.id, ...durable };
  if ('requestId' in first.content) return { name: 'control', data: first.content, opts };
  const reports = message.map(({ content }) => content);
  return { name: 'attempts', data: { v: 1, kind: 'attempts', reports } as AttemptReports, opts };
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
