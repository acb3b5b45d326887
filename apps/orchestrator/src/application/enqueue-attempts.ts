import type { AttemptJob } from '@gauntlet/shared/contracts/attempt-job';
import { noteQueued } from './engine-state.ts';
import type { Parts } from './parts.ts';
import type { ClusterPlan } from './plan-cluster.ts';
import type { CampaignRecord, NewAttempt } from './records.ts';

/** Hands the attempts of a stored plan to the queue. @param startedMs when the planning began */
export async function enqueuePlanned(
  parts: Parts,
  plan: ClusterPlan,
  startedMs: number,
): Promise<void> {
  const { planned } = plan;
  try {
    await enqueue(parts, plan, planned);
  } finally {
    // Noted as queued or not: from here on the dispatcher finds those that are not.
    for (const { id } of planned) parts.state.enqueuing.delete(id);
  }
  if (planned.length > 0)
    parts.meters.dispatched(planned.length, parts.clock.monotonicMs() - startedMs);
}

export async function enqueue(
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
  for (const [clusterId, own] of Map.groupBy(jobs, (job) => job.clusterId))
    noteQueued(parts.state, clusterId, { ids: own.map((job) => job.attemptId), at });
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
