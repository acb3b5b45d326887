import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import { moveCampaign } from './control-campaign.ts';
import type { Parts } from './parts.ts';

/** Starts nothing more; what runs ends. Waiting attempts go back to `planned`. */
export function pauseCampaign(parts: Parts, id: string): Promise<CampaignView> {
  return moveCampaign(parts, id, {
    verb: 'pause',
    from: ['running', 'waiting-for-window'],
    already: ['paused'],
    change: { state: 'paused', because: 'paused by a person' },
  });
}
