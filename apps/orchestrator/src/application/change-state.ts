import { type CampaignState, isActive } from '@gauntlet/shared/domain/campaign';
import type { Instant } from '@gauntlet/shared/kernel/instant';
import type { Stores } from './ports.ts';
import type { CampaignRecord } from './records.ts';

/** The end reason that makes a campaign `stopped` and not `finished`. */
export const personStopReason = 'stopped by a person';

export interface StateChange {
  readonly state: CampaignState;
  /** Shown as `blockedBecause` while it is not running, and told in the event. */
  readonly because: string | null;
  readonly endReason?: string;
}

/** Writes a state with its event. The caller holds the cluster's lock. */
export async function changeState(
  stores: Stores,
  campaign: CampaignRecord,
  { state, because, endReason }: StateChange,
  at: Instant,
): Promise<void> {
  await stores.campaigns.update(campaign.id, {
    state,
    blockedBecause: isActive(state) ? because : null,
    ...(endReason === undefined ? {} : { endReason }),
    ...(isActive(state) ? {} : { endedAt: at }),
  });
  await stores.events.append(campaign.id, {
    kind: 'state',
    at,
    data: { state, because, from: campaign.state },
  });
}
