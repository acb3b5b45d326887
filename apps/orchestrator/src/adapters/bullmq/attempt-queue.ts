import type { AttemptJob } from '@gauntlet/shared/contracts/attempt-job';
import { attemptIdsIn } from '@gauntlet/shared/contracts/attempt-report';
import { attemptQueueName } from '@gauntlet/shared/contracts/queue-names';
import type { JobQueue, QueueBackend } from '@gauntlet/shared/platform/queue-backend';
import type { AttemptQueue, JobState } from '../../application/ports.ts';

export interface AttemptQueueAdapter extends AttemptQueue, AsyncDisposable {}

/** Jobs handed over in one command. */
const bulkMax = 256;

/**
 * One BullMQ queue per cluster, opened when first needed.
 *
 * @param reports the queue of reports, owned by the caller
 */
export function createAttemptQueue(backend: QueueBackend, reports: JobQueue): AttemptQueueAdapter {
  const queues = new Map<string, JobQueue<AttemptJob>>();

  function queueOf(clusterId: string): JobQueue<AttemptJob> {
    const known = queues.get(clusterId);
    if (known !== undefined) return known;
    const opened = backend.createQueue<AttemptJob>(attemptQueueName(clusterId));
    queues.set(clusterId, opened);
    return opened;
  }

  return {
    async add(jobs) {
      for (const [clusterId, own] of Map.groupBy(jobs, (job) => job.clusterId)) {
        for (let from = 0; from < own.length; from += bulkMax)
          await queueOf(clusterId).addBulk(own.slice(from, from + bulkMax).map(toBulkJob));
      }
    },
    async withdraw(clusterId, attemptIds) {
      const queue = queueOf(clusterId);
      const removed: string[] = [];
      for (const id of attemptIds) {
        if ((await stateIn(queue, id)) !== 'waiting') continue;
        // A worker may take it at this moment: then it is locked and stays.
        if ((await queue.remove(id)) === 1) removed.push(id);
      }
      const reported = removed.length > 0 ? await reportedIn(reports) : new Set();
      return removed.filter((id) => !reported.has(id));
    },
    async state(clusterId, attemptId) {
      const queue = queueOf(clusterId);
      const job = await queue.getJob(attemptId);
      if (job === undefined) return { state: 'missing', workerId: null };
      const state = await stateIn(queue, attemptId);
      return { state, workerId: job.processedBy ?? null };
    },
    async forget(clusterId, attemptId) {
      // A job whose lock has not run out yet stays; it fails by itself and is bounded there.
      await queueOf(clusterId).remove(attemptId);
    },
    async depth(clusterIds) {
      const counts = await Promise.all(clusterIds.map((id) => queueOf(id).getWaitingCount()));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    reported: () => reportedIn(reports),
    async [Symbol.asyncDispose]() {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };
}

function toBulkJob(job: AttemptJob) {
  return { name: 'attempt', data: job, opts: { jobId: job.attemptId } };
}

/**
 * All of them in one look, for a message that moves between two looks would be seen in neither. An
 * attempt has one report at most, so they are no more than what is in flight.
 */
async function reportedIn(reports: JobQueue): Promise<ReadonlySet<string>> {
  const jobs = await reports.getJobs(['waiting', 'delayed', 'active', 'failed'], 0, -1);
  return new Set(jobs.flatMap((job) => attemptIdsIn(job?.data)));
}

async function stateIn(queue: JobQueue<AttemptJob>, id: string): Promise<JobState> {
  const state = await queue.getJobState(id);
  switch (state) {
    case 'active':
    case 'failed':
    case 'completed':
      return state;
    case 'unknown':
      return 'missing';
    default:
      return 'waiting';
  }
}
