import type { CampaignView, NewCampaign } from '@gauntlet/shared/contracts/campaigns';
import { AppError } from '@gauntlet/shared/contracts/errors';
import { addMs } from '@gauntlet/shared/kernel/instant';
import { bindSerialPlan } from './analysis/bind-serial-plan.ts';
import { checkFeasible } from './check-feasible.ts';
import { checkPreflight, refuseFailed } from './check-preflight.ts';
import { noteBefore } from './compare-before.ts';
import type { Parts } from './parts.ts';
import type { CampaignRecord } from './records.ts';
import { runControls } from './run-controls.ts';
import { readCampaignView } from './to-campaign-view.ts';

export interface StartedBy {
  readonly scheduleId: string | null;
  /** After so long it ends, ms on the wall, whatever its stop rules say; null: it does not. */
  readonly lastsMs: number | null;
}

const byHand: StartedBy = { scheduleId: null, lastsMs: null };

/** @throws AppError `request.impossible`, `state.conflict` (cluster stopped), `cluster.silent` */
export async function startCampaign(
  parts: Parts,
  asked: NewCampaign,
  { scheduleId, lastsMs }: StartedBy = byHand,
): Promise<CampaignView> {
  const { config, plan, inventory } = await checkFeasible(parts, asked);
  const checks = await checkPreflight(parts, { config, plan, inventory });
  refuseFailed(config.name, checks);
  const safety =
    config.controls === 'at-start'
      ? { preflight: checks, controls: await runControls(parts, config.clusterId, plan) }
      : { preflight: checks };
  const at = parts.clock.now();
  const campaign: CampaignRecord = {
    id: parts.ids.next(),
    name: config.name,
    clusterId: config.clusterId,
    state: 'running',
    blockedBecause: null,
    createdAt: at,
    startedAt: at,
    endedAt: null,
    endReason: null,
    config,
    plan,
    cursor: { next: 0, ahead: [], planned: 0, skipped: 0 },
    failedInARow: 0,
    lastBugcheckId: null,
    safety,
    recentAttemptMs: [],
    runningMs: 0,
    runningSince: at,
    endsAt: lastsMs === null ? null : addMs(at, lastsMs),
    scheduleId,
  };
  await parts.transact(async (stores) => {
    const cluster = await stores.clusters.lock(config.clusterId);
    if (cluster === undefined) throw new AppError('resource.unknown', 'the cluster is gone');
    if (cluster.stoppedAt !== null)
      throw new AppError('state.conflict', `cluster ${cluster.name} is stopped; release it first`);
    await stores.campaigns.insert(campaign);
    await stores.campaigns.saveBefore(campaign.id, noteBefore(plan, inventory));
    await bindSerialPlan(stores, campaign);
    const data = { state: 'running', because: null, from: null };
    await stores.events.append(campaign.id, { kind: 'state', at, data });
  });
  const vms = plan.arms.reduce((sum, arm) => sum + arm.vms.length, 0);
  parts.log.info(
    { campaignId: campaign.id, clusterId: campaign.clusterId, vms },
    'campaign started',
  );
  parts.notices.clusterHasRoom(campaign.clusterId);
  return readCampaignView(parts, campaign, at);
}
