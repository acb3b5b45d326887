import { deliveryQueueName } from '@gauntlet/shared/contracts/queue-names';
import type { QueueBackend } from '@gauntlet/shared/platform/queue-backend';
import type { DeliveryQueue } from '../../application/notify/ports.ts';
import { triesMax } from '../../application/notify/send-delivery.ts';

/** Tries under way at once: slow receivers keep each other waiting, and nothing else. */
const concurrency = 16;
/** What a dead process had in hands is sent again after this, within the queue's next round. */
const lockMs = 10_000;

export interface DeliveryDesk extends DeliveryQueue, AsyncDisposable {
  start(work: (deliveryId: string) => Promise<{ again: boolean; error: string | null }>): void;
}

/**
 * Notifications have a queue and a worker of their own. Here trying again is right: a notice that
 * comes twice is worse than one that comes late, but better than none.
 */
export function createDeliveryQueue(
  backend: QueueBackend,
  { retryMsMin }: { retryMsMin: number },
): DeliveryDesk {
  const queue = backend.createQueue<{ deliveryId: string }>(deliveryQueueName);
  let stopWorker = async () => {};
  return {
    async add(ids) {
      await queue.addBulk(
        ids.map((deliveryId) => ({
          name: 'delivery',
          data: { deliveryId },
          opts: {
            jobId: deliveryId,
            attempts: triesMax,
            backoff: { type: 'exponential', delay: retryMsMin },
            // The table is the log; a job that is gone can be added again.
            removeOnFail: true,
          },
        })),
      );
    },
    start(work) {
      const worker = backend.createWorker<{ deliveryId: string }>(
        deliveryQueueName,
        async (job) => {
          const { again, error } = await work(job.data.deliveryId);
          if (again) throw new Error(error ?? 'not delivered');
        },
        { concurrency, lockMs },
      );
      stopWorker = () => worker.close();
    },
    async [Symbol.asyncDispose]() {
      await stopWorker();
      await queue.close();
    },
  };
}
