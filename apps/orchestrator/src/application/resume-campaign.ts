import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import { findCampaign, moveCampaign } from './control-campaign.ts';
import type { Parts } from './parts.ts';

/** Goes on where it was paused, by a person or by a guard. */
export async function resumeCampaign(parts: Parts, id: string): Promise<CampaignView> {
  const campaign = await findCampaign(parts, id);
  // The person has seen the failures so far; the guard counts anew.
  if (campaign.state === 'paused') await parts.stores.campaigns.update(id, { failedInARow: 0 });
  return moveCampaign(parts, id, {
    verb: 'resume',
    from: ['paused'],
    already: ['running'],
    change: { state: 'running', because: null },
  });
}
