import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import type { CampaignRecord } from '../records.ts';

/** How it is known that this campaign's rig notices a crash: a bugcheck it found says so, too. */
export function noticingOf({
  safety,
  lastBugcheckId,
}: CampaignRecord): NonNullable<CampaignView['positiveControl']> {
  if (safety.controls?.positive === 'seen') return 'seen-on-command';
  return lastBugcheckId === null ? 'not-seen' : 'seen-in-campaign';
}

/** "0 bugchecks" of a rig that was never seen to notice one proves nothing. */
export function isUnproven(
  campaign: CampaignRecord,
  { found, exposures }: { readonly found: number; readonly exposures: number },
): boolean {
  return found === 0 && exposures > 0 && noticingOf(campaign) === 'not-seen';
}
