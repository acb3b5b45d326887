import type { AttemptJob } from '@gauntlet/shared/contracts/attempt-job';
import type { EngineState } from './engine-state.ts';
import type { Parts } from './parts.ts';
import { type ClusterPlan, planCluster } from './plan-cluster.ts';
import { putBack } from './put-back.ts';
import type { CampaignRecord, NewAttempt } from './records.ts';
import { cancelWaiting, findLostJobs } from './withdraw-attempts.ts';

/**
 * Brings one cluster up to what its campaigns ask for: plans what may start now, stores it, then
 * hands it to the queue, then notes that it is there. A crash in between leaves attempts that are
 * planned and perhaps queued; the next call finds them. One call at a time per cluster.
 */
export async function dispatchAttempts(
  parts: Parts,
  state: EngineState,
  clusterId: string,
): Promise<void> {
  const startedMs = parts.clock.monotonicMs();
  const plan = await planCluster(parts, state, clusterId);
  if (plan === null) return;
  for (const id of plan.changedCampaignIds) parts.notices.campaignChanged(id);
  await enqueue(parts, plan, plan.planned);
  if (plan.planned.length > 0)
    parts.meters.dispatched(plan.planned.length, parts.clock.monotonicMs() - startedMs);
  await healUnqueued(parts, plan);
  await park(parts, clusterId, plan.toParkIds);
  await cancelWaiting(parts, clusterId, plan.toCancel);
  for (const { campaign, vms } of plan.toPutBack) await putBack(parts, state, campaign, vms);
}

async function enqueue(
  parts: Parts,
  plan: ClusterPlan,
  attempts: readonly NewAttempt[],
): Promise<void> {
  if (attempts.length === 0) return;
  const at = parts.clock.now();
  const campaigns = new Map(plan.campaigns.map((campaign) => [campaign.id, campaign]));
  const jobs = attempts.flatMap((attempt) => {
    const campaign = campaigns.get(attempt.campaignId);
    return campaign === undefined
      ? []
      : [toJob(attempt, campaign, { revision: plan.revision, at })];
  });
  await parts.queue.add(jobs);
  const ids = attempts.map((attempt) => attempt.id);
  await parts.stores.attempts.markQueued(ids, at);
}

function toJob(
  attempt: NewAttempt,
  { config }: CampaignRecord,
  { revision, at }: { revision: number; at: number },
): AttemptJob {
  return {
    v: 1,
    attemptId: attempt.id,
    campaignId: attempt.campaignId,
    clusterId: attempt.clusterId,
    clusterRevision: revision,
    ordinal: attempt.ordinal,
    arm: config.arms[attempt.arm]?.name ?? String(attempt.arm),
    action: attempt.action,
    vm: { id: attempt.vmId, name: attempt.vmName },
    source: attempt.source,
    target: attempt.target,
    load: config.load.profile,
    settleMs: config.settleMs,
    timeoutMs: config.attemptTimeoutMs,
    onBugcheck: config.onBugcheck,
    queuedAt: at,
  };
}

/** Attempts that a crash or a pause left planned: those that are in no queue go there now. */
async function healUnqueued(parts: Parts, plan: ClusterPlan): Promise<void> {
  if (plan.unqueuedIds.length === 0) return;
  const lost = await findLostJobs(parts, await parts.stores.attempts.findOpen(plan.unqueuedIds));
  const lostIds = new Set(lost.map((attempt) => attempt.id));
  const found = plan.unqueuedIds.filter((id) => !lostIds.has(id));
  await parts.stores.attempts.markQueued(found, parts.clock.now());
  await enqueue(parts, plan, lost);
}

async function park(parts: Parts, clusterId: string, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await parts.stores.attempts.markPlanned(await parts.queue.withdraw(clusterId, ids));
}
