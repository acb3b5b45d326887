import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import { findCampaign, moveCampaign } from './control-campaign.ts';
import { sumAttempts } from './estimate-progress.ts';
import { nothingAcknowledged } from './guard-campaigns.ts';
import type { Parts } from './parts.ts';
import type { CampaignRecord } from './records.ts';

/** Goes on where it was paused, by a person or by a guard. */
export async function resumeCampaign(parts: Parts, id: string): Promise<CampaignView> {
  const campaign = await findCampaign(parts, id);
  if (campaign.state === 'paused') await acknowledge(parts, campaign);
  return moveCampaign(parts, id, {
    verb: 'resume',
    from: ['paused'],
    already: ['running', 'waiting-for-window'],
    change: { state: 'running', because: null },
  });
}

/** The person has seen what happened so far; the guards count anew, and trip at what is worse. */
async function acknowledge({ stores }: Parts, campaign: CampaignRecord): Promise<void> {
  const { trip, acknowledged = nothingAcknowledged } = campaign.safety;
  const tallies = await stores.campaigns.readTallies(campaign.id);
  const { guard, value } = trip ?? {};
  const seen = guard === undefined || typeof value !== 'number' ? {} : { [guard]: value };
  const safety = {
    ...campaign.safety,
    trip: null,
    acknowledged: {
      values: { ...acknowledged.values, ...seen },
      failed: sumAttempts(tallies, (outcome) => outcome === 'migration-failed'),
      ran: sumAttempts(tallies, (outcome) => outcome !== 'cancelled'),
    },
  };
  await stores.campaigns.update(campaign.id, { failedInARow: 0, safety });
}
