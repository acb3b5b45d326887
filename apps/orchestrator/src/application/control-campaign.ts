import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import { AppError } from '@gauntlet/shared/contracts/errors';
import type { CampaignState } from '@gauntlet/shared/domain/campaign';
import { changeState, type StateChange } from './change-state.ts';
import type { Parts } from './parts.ts';
import { readCampaignView } from './to-campaign-view.ts';

export interface CampaignMove {
  /** States it is possible in. */
  readonly from: readonly CampaignState[];
  /** States in which it has been done already: nothing happens, and that is no error. */
  readonly already: readonly CampaignState[];
  readonly change: StateChange;
  /** `pause`, for the message of a refusal. */
  readonly verb: string;
}

/**
 * Moves a campaign to another state at a person's word and lets the dispatcher act on it.
 *
 * @throws AppError `resource.unknown`, `state.conflict`
 */
export async function moveCampaign(
  parts: Parts,
  id: string,
  move: CampaignMove,
): Promise<CampaignView> {
  const at = parts.clock.now();
  const found = await findCampaign(parts, id);
  const campaign = await parts.transact(async (stores) => {
    const cluster = await stores.clusters.lock(found.clusterId);
    const now = (await stores.campaigns.find(id)) ?? found;
    if (move.already.includes(now.state)) return now;
    if (!move.from.includes(now.state))
      throw new AppError('state.conflict', `cannot ${move.verb} a campaign that is ${now.state}`);
    if (move.change.state === 'running' && cluster?.stoppedAt !== null)
      throw new AppError('state.conflict', 'its cluster is stopped; release the cluster first');
    await changeState(stores, now, move.change, at);
    return (await stores.campaigns.find(id)) ?? now;
  });
  parts.log.info({ campaignId: id, state: campaign.state }, 'campaign changed by a person');
  parts.notices.campaignChanged(id);
  parts.notices.clusterHasRoom(campaign.clusterId);
  return readCampaignView(parts, campaign, at);
}

/** @throws AppError `resource.unknown` */
export async function findCampaign({ stores }: Pick<Parts, 'stores'>, id: string) {
  const campaign = await stores.campaigns.find(id);
  if (campaign === undefined) throw new AppError('resource.unknown', `there is no campaign ${id}`);
  return campaign;
}
