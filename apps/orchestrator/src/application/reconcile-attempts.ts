import { AppError } from '@gauntlet/shared/contracts/errors';
import type { VmLocationPayload } from '@gauntlet/shared/contracts/worker-messages';
import type { Static } from 'typebox';
import type { Finding } from './judge-finding.ts';
import type { Parts } from './parts.ts';
import type { InFlightAttempt } from './records.ts';
import { settleAttempts } from './settle-attempt.ts';
import { findLostJobs } from './withdraw-attempts.ts';

const locateMsMax = 30_000;
const locateVmsMax = 512;

type VmLocation = Static<typeof VmLocationPayload>;

interface LostAttempt {
  readonly attempt: InFlightAttempt;
  /** Why we believe that nobody works on it any more. */
  readonly because: string;
}

export interface ReconcileOptions {
  /** Younger attempts are left alone: their jobs and reports are on the way. 0 at start-up. */
  readonly ageMsMin: number;
}

/**
 * Finds the attempts of a cluster that nobody works on any more and settles them `indeterminate`
 * with the place where the cluster says the VM is. Nothing is guessed: while the cluster still
 * moves the VM, or nobody answers, the attempt stays open, and a report that waits always wins.
 *
 * @returns how many were settled
 */
export async function reconcileAttempts(
  parts: Parts,
  clusterId: string,
  { ageMsMin }: ReconcileOptions,
): Promise<number> {
  const at = parts.clock.now();
  const inFlight = await parts.stores.attempts.listInFlight(clusterId);
  // Planned attempts are the dispatcher's: it puts them on the queue or takes them off.
  const handedOut = inFlight.filter((one) => one.state === 'queued' || one.state === 'running');
  const old = handedOut.filter((one) => at - one.plannedAt >= ageMsMin);
  const lost = await findLost(parts, old);
  if (lost.length === 0) return 0;
  const findings = await locateAll(parts, clusterId, lost);
  if (findings.length === 0) return 0;
  await settleAttempts(parts, findings);
  for (const { attemptId } of findings) await parts.queue.forget(clusterId, attemptId);
  parts.log.warn(
    { clusterId, attempts: findings.length, because: lost[0]?.because },
    'attempts lost their worker or their job: settled as indeterminate',
  );
  return findings.length;
}

async function findLost(
  parts: Parts,
  attempts: readonly InFlightAttempt[],
): Promise<LostAttempt[]> {
  const lost: LostAttempt[] = [];
  const missing: InFlightAttempt[] = [];
  for (const attempt of attempts) {
    const job = await parts.queue.state(attempt.clusterId, attempt.id);
    if (job.state === 'missing') missing.push(attempt);
    if (job.state === 'failed')
      lost.push({ attempt, because: 'its worker fell silent in the middle of it' });
    if (job.state === 'active' && job.workerId !== null && !parts.workers.isAlive(job.workerId))
      lost.push({ attempt, because: `worker ${job.workerId} is dead` });
  }
  for (const attempt of await findLostJobs(parts, missing))
    lost.push({ attempt, because: 'its job is gone from the queue and no report came' });
  return lost;
}

async function locateAll(
  parts: Parts,
  clusterId: string,
  lost: readonly LostAttempt[],
): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (let from = 0; from < lost.length; from += locateVmsMax) {
    const some = lost.slice(from, from + locateVmsMax);
    const locations = await askLocations(parts, clusterId, some);
    const reported = await parts.queue.reported();
    for (const one of some) {
      const location = locations.get(one.attempt.vmId);
      if (location === undefined || location.migrating) continue;
      if (reported.has(one.attempt.id)) continue;
      findings.push(toIndeterminate(one, location));
    }
  }
  return findings;
}

async function askLocations(
  parts: Parts,
  clusterId: string,
  lost: readonly LostAttempt[],
): Promise<Map<string, VmLocation>> {
  const vmIds = [...new Set(lost.map(({ attempt }) => attempt.vmId))];
  const request = { v: 1, requestId: parts.ids.next(), clusterId, op: 'locate', vmIds } as const;
  const reply = await parts.control.ask(request, locateMsMax);
  if (!reply.ok) {
    const why = reply.error ?? 'the worker gave no reason';
    throw new AppError('cluster.silent', `lost attempts could not be located: ${why}`);
  }
  return new Map((reply.locations ?? []).map((location) => [location.vmId, location]));
}

function toIndeterminate({ attempt, because }: LostAttempt, location: VmLocation): Finding {
  return {
    attemptId: attempt.id,
    clusterId: attempt.clusterId,
    outcome: 'indeterminate',
    reason: because,
    report: null,
    locatedOn: location.host,
    runs: location.state === 'running',
  };
}
