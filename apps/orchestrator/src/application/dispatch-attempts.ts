import { enqueue, enqueuePlanned } from './enqueue-attempts.ts';
import type { Parts } from './parts.ts';
import { type ClusterPlan, planCluster } from './plan-cluster.ts';
import { putBack } from './put-back.ts';
import { cancelWaiting, findLostJobs } from './withdraw-attempts.ts';

/**
 * Brings one cluster up to what its campaigns ask for: plans what may start now, stores it, then
 * hands it to the queue, then notes that it is there. A crash in between leaves attempts that are
 * planned and perhaps queued; the next call finds them. One call at a time per cluster.
 */
export async function dispatchAttempts(parts: Parts, clusterId: string): Promise<void> {
  const startedMs = parts.clock.monotonicMs();
  const plan = await planCluster(parts, clusterId);
  if (plan === null) return;
  for (const id of plan.changedCampaignIds) parts.notices.campaignChanged(id);
  await enqueuePlanned(parts, plan, startedMs);
  await healUnqueued(parts, plan);
  await park(parts, clusterId, plan.toParkIds);
  await cancelWaiting(parts, clusterId, plan.toCancel);
  for (const { campaign, vms } of plan.toPutBack) putBack(parts, campaign, vms);
}

/** Attempts that a crash or a pause left planned: those that are in no queue go there now. */
async function healUnqueued(parts: Parts, plan: ClusterPlan): Promise<void> {
  if (plan.unqueuedIds.length === 0) return;
  const lost = await findLostJobs(parts, await parts.stores.attempts.findOpen(plan.unqueuedIds));
  const lostIds = new Set(lost.map((attempt) => attempt.id));
  const found = plan.unqueuedIds.filter((id) => !lostIds.has(id));
  const at = parts.clock.now();
  await parts.stores.attempts.markQueued(found.map((id) => ({ id, at })));
  await enqueue(parts, plan, lost);
}

async function park(parts: Parts, clusterId: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await parts.stores.attempts.markPlanned(await parts.queue.withdraw(clusterId, ids));
}
