import type { QueueBackend } from '@gauntlet/shared/platform/queue-backend';

const bulk = 256;

/**
 * Jobs per second of plain BullMQ with a job that does nothing: put on a queue in bulk, taken by a
 * worker, gone when done. From the first one added to the last one done.
 */
export async function runPlainQueue(
  backend: QueueBackend,
  jobs: number,
  concurrency: number,
): Promise<number> {
  const name = `plain-${jobs}`;
  const queue = backend.createQueue(name);
  const done = Promise.withResolvers<void>();
  let completed = 0;
  const worker = backend.createWorker(name, async () => {}, { concurrency });
  worker.on('completed', () => {
    completed += 1;
    if (completed === jobs) done.resolve();
  });
  try {
    const startedMs = performance.now();
    for (let from = 0; from < jobs; from += bulk) {
      const count = Math.min(bulk, jobs - from);
      await queue.addBulk(Array.from({ length: count }, (_, n) => toJob(from + n)));
    }
    await done.promise;
    return (jobs * 1_000) / (performance.now() - startedMs);
  } finally {
    await worker.close();
    await queue.close();
  }
}

function toJob(n: number) {
  return { name: 'nothing', data: { n } };
}
