import type { Finding } from './judge-finding.ts';
import type { Parts } from './parts.ts';
import type { InFlightAttempt } from './records.ts';
import { settleAttempts } from './settle-attempt.ts';

/**
 * Those of the given unsettled attempts of which nobody has anything any more: no job, no report
 * that waits, no settlement. The order of the questions matters: a worker's report is stored before
 * its job goes, and settled before the report goes.
 */
export async function findLostJobs<Attempt extends Pick<InFlightAttempt, 'id' | 'clusterId'>>(
  { queue, stores }: Parts,
  attempts: readonly Attempt[],
): Promise<Attempt[]> {
  const missing: Attempt[] = [];
  for (const attempt of attempts) {
    const job = await queue.state(attempt.clusterId, attempt.id);
    if (job.state === 'missing') missing.push(attempt);
  }
  if (missing.length === 0) return [];
  const reported = await queue.reported();
  const open = await stores.attempts.findOpen(missing.map((attempt) => attempt.id));
  const openIds = new Set(open.map((attempt) => attempt.id));
  return missing.filter(({ id }) => openIds.has(id) && !reported.has(id));
}

/** Takes the waiting attempts of ending campaigns off the queue and settles them `cancelled`. */
export async function cancelWaiting(
  parts: Parts,
  clusterId: string,
  waiting: readonly InFlightAttempt[],
): Promise<void> {
  if (waiting.length === 0) return;
  const ids = waiting.map((attempt) => attempt.id);
  await parts.queue.withdraw(clusterId, ids);
  const gone = await findLostJobs(parts, waiting);
  await settleAttempts(parts, gone.map(toCancelled));
}

function toCancelled({ id, clusterId, source }: InFlightAttempt): Finding {
  return {
    attemptId: id,
    clusterId,
    outcome: 'cancelled',
    reason: 'its campaign ended before it began',
    report: null,
    locatedOn: source,
    runs: true,
  };
}
