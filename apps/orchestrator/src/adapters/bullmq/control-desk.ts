import { AppError } from '@gauntlet/shared/contracts/errors';
import { controlQueueName } from '@gauntlet/shared/contracts/queue-names';
import type { ControlReply, ControlRequest } from '@gauntlet/shared/contracts/worker-messages';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { JobQueue, QueueBackend } from '@gauntlet/shared/platform/queue-backend';
import type { ControlDesk } from '../../application/ports.ts';

export interface ControlDeskAdapter extends ControlDesk, AsyncDisposable {
  /** Hands over a reply that came in on the reports queue. Late ones are dropped. */
  onReply(reply: ControlReply): void;
}

export interface ControlDeskOptions {
  readonly backend: QueueBackend;
  readonly clock: Clock;
  /** A request that no worker has begun after this long finds nobody there. */
  readonly pickUpMsMax: number;
}

/** Questions to workers on the cluster's control queue; answers come by the reports queue. */
export function createControlDesk({
  backend,
  clock,
  pickUpMsMax,
}: ControlDeskOptions): ControlDeskAdapter {
  const queues = new Map<string, JobQueue<ControlRequest>>();
  const waiting = new Map<string, (reply: ControlReply) => void>();
  const closing = new AbortController();

  function queueOf(clusterId: string): JobQueue<ControlRequest> {
    const known = queues.get(clusterId);
    if (known !== undefined) return known;
    const opened = backend.createQueue<ControlRequest>(controlQueueName(clusterId));
    queues.set(clusterId, opened);
    return opened;
  }

  /** Resolves when the time is up, or earlier when no worker has taken the request. */
  async function giveUp(request: ControlRequest, waitMsMax: number, signal: AbortSignal) {
    const queue = queueOf(request.clusterId);
    const firstMs = Math.min(pickUpMsMax, waitMsMax);
    await clock.sleep(firstMs, signal);
    // Removed: nobody had begun. Otherwise a worker holds it.
    if ((await queue.remove(request.requestId)) === 1) return;
    await clock.sleep(waitMsMax - firstMs, signal);
  }

  return {
    async ask(request, waitMsMax) {
      const answered = new AbortController();
      const signal = AbortSignal.any([answered.signal, closing.signal]);
      closing.signal.throwIfAborted();
      const { promise, resolve } = Promise.withResolvers<ControlReply>();
      waiting.set(request.requestId, resolve);
      try {
        const options = { jobId: request.requestId };
        await queueOf(request.clusterId).add(request.op, request, options);
        const silent = giveUp(request, waitMsMax, signal).then(() => undefined);
        const reply = await Promise.race([promise, silent]);
        if (reply !== undefined) return reply;
        const detail = `no worker answered for this cluster (${request.op}); is one running?`;
        throw new AppError('cluster.silent', detail, { details: { op: request.op } });
      } finally {
        waiting.delete(request.requestId);
        answered.abort(new Error('the question is over'));
      }
    },
    onReply(reply) {
      waiting.get(reply.requestId)?.(reply);
    },
    async [Symbol.asyncDispose]() {
      closing.abort(new AppError('service.unavailable', 'the orchestrator is shutting down'));
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };
}
