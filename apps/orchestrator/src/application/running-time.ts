import type { CampaignState } from '@gauntlet/shared/domain/campaign';
import type { Instant } from '@gauntlet/shared/kernel/instant';
import type { CampaignRecord } from './records.ts';

type Timed = Pick<CampaignRecord, 'runningMs' | 'runningSince'>;

/** How long the campaign was `running` by then, ms: no pause, no wait for a window. */
export function ranMs({ runningMs, runningSince }: Timed, at: Instant): number {
  return runningMs + (runningSince === null ? 0 : Math.max(0, at - runningSince));
}

/** The same two fields once its state is another. */
export function timeIn(campaign: Timed, state: CampaignState, at: Instant): Timed {
  if (state === 'running') return { ...campaign, runningSince: campaign.runningSince ?? at };
  return { runningMs: ranMs(campaign, at), runningSince: null };
}
