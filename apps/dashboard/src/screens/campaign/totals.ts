import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';

/** All arms together: what counts in the denominator, and what was found. */
export function totalsOf(campaign: CampaignView): { exposures: number; bugchecks: number } {
  return campaign.arms.reduce(
    (sum, arm) => ({
      exposures: sum.exposures + arm.exposures,
      bugchecks: sum.bugchecks + arm.bugchecks,
    }),
    { exposures: 0, bugchecks: 0 },
  );
}
