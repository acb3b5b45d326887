import { type CampaignState, isActive } from '@gauntlet/shared/domain/campaign';
import type { Instant } from '@gauntlet/shared/kernel/instant';
import type { Stores } from './ports.ts';
import type { CampaignRecord } from './records.ts';
import { timeIn } from './running-time.ts';

/** The end reason that makes a campaign `stopped` and not `finished`. */
export const personStopReason = 'stopped by a person';

export interface StateChange {
  readonly state: CampaignState;
  /** Shown as `blockedBecause` while it is not running, and told in the event. */
  readonly because: string | null;
  readonly endReason?: string;
}

/**
 * Writes a state with its event. The caller holds the cluster's lock.
 *
 * @returns the campaign as it is now
 */
export async function changeState(
  stores: Stores,
  campaign: CampaignRecord,
  { state, because, endReason }: StateChange,
  at: Instant,
): Promise<CampaignRecord> {
  const { runningMs, runningSince } = timeIn(campaign, state, at);
  const change = {
    state,
    blockedBecause: isActive(state) ? because : null,
    runningMs,
    runningSince,
    ...(endReason === undefined ? {} : { endReason }),
    ...(isActive(state) ? {} : { endedAt: at }),
  };
  await stores.campaigns.update(campaign.id, change);
  await stores.events.append(campaign.id, {
    kind: 'state',
    at,
    data: { state, because, from: campaign.state },
  });
  return { ...campaign, ...change };
}
