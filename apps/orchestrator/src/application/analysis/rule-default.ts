import type { VerdictRule } from '@gauntlet/shared/contracts/verdict';

/** What is asked of a campaign that sets no rule of its own. */
export const ruleDefault: VerdictRule = {
  alpha: 0.05,
  effectivenessTarget: 0.9,
  futilityRate: null,
  bucketId: null,
  serialPlanId: null,
  counts: 'signature',
};
