import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import { personStopReason } from './change-state.ts';
import { moveCampaign } from './control-campaign.ts';
import type { Parts } from './parts.ts';

/** Ends it: waiting attempts are cancelled, what runs is settled, then VMs are put back. */
export function stopCampaign(parts: Parts, id: string): Promise<CampaignView> {
  return moveCampaign(parts, id, {
    verb: 'stop',
    from: ['running', 'paused', 'waiting-for-window'],
    already: ['stopping', 'stopped'],
    change: { state: 'stopping', because: personStopReason, endReason: personStopReason },
  });
}
