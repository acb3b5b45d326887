import { scheduleQueueName } from '@gauntlet/shared/contracts/queue-names';
import type { JobWorker, QueueBackend } from '@gauntlet/shared/platform/queue-backend';
import type { Log } from '../../application/ports.ts';
import type { ScheduleBell } from '../../application/schedules/schedule-record.ts';

export interface ScheduleBellAdapter extends ScheduleBell, AsyncDisposable {
  /** From here on every ring calls this; a rejection is logged, the timer tries again. */
  listen(onRing: (scheduleId: string) => Promise<void>): void;
}

interface Ring {
  readonly scheduleId: string;
}

/** One BullMQ job scheduler per schedule; its times come from the same calendar as all others. */
export function createScheduleBell(backend: QueueBackend, log: Log): ScheduleBellAdapter {
  const queue = backend.createQueue<Ring>(scheduleQueueName);
  let worker: JobWorker<Ring> | undefined;
  return {
    async set({ id, cron, timeZone }) {
      const times = { pattern: cron, tz: timeZone };
      const opts = { attempts: 1, removeOnComplete: true, removeOnFail: { count: 100 } };
      await queue.upsertJobScheduler(id, times, { name: 'ring', data: { scheduleId: id }, opts });
    },
    async remove(id) {
      await queue.removeJobScheduler(id);
    },
    listen(onRing) {
      worker = backend.createWorker<Ring>(
        scheduleQueueName,
        async ({ data: { scheduleId } }) => {
          await onRing(scheduleId).catch((err: unknown) => {
            log.warn({ err, scheduleId }, 'schedule was not fired: the timer tries again');
          });
        },
        { concurrency: 4, name: 'schedules' },
      );
    },
    async [Symbol.asyncDispose]() {
      await worker?.close();
      await queue.close();
    },
  };
}
