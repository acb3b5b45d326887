export const campaignStates = [
  'running',
  'paused',
  'waiting-for-window',
  'stopping',
  'finished',
  'stopped',
  'failed',
] as const;
export type CampaignState = (typeof campaignStates)[number];

export const placementPolicies = ['ping-pong', 'ring', 'random', 'all-pairs'] as const;
export type PlacementPolicy = (typeof placementPolicies)[number];

/** How attempts are shared among the VMs of an arm. */
export const allocations = ['uniform', 'thompson'] as const;
export type Allocation = (typeof allocations)[number];

/** True while the campaign may still plan, run or settle attempts. */
export function isActive(state: CampaignState): boolean {
  return (
    state === 'running' ||
    state === 'paused' ||
    state === 'waiting-for-window' ||
    state === 'stopping'
  );
}
