import { findCampaign } from '../control-campaign.ts';
import type { Parts } from '../parts.ts';
import { readVerdicts } from './campaign-verdict.ts';
import { createComparison, getComparison } from './comparisons.ts';
import { readEta } from './read-eta.ts';
import { readFactors } from './read-factors.ts';
import { readSeries } from './read-series.ts';
import { getSerialPlan, registerSerialPlan } from './serial-plans.ts';
import type { AnalysisUseCases } from './use-cases.ts';

export function createAnalysisUseCases(parts: Parts): AnalysisUseCases {
  const { stores, clock } = parts;
  return {
    async readVerdicts(campaignId) {
      return { items: await readVerdicts(stores, await findCampaign(parts, campaignId)) };
    },
    async readSeries(campaignId, { bucketId }) {
      return readSeries(stores, await findCampaign(parts, campaignId), bucketId);
    },
    async readFactors(campaignId, { bucketId }) {
      return readFactors(stores, await findCampaign(parts, campaignId), bucketId);
    },
    async readEta(campaignId, { hoursPerNight = null }) {
      const campaign = await findCampaign(parts, campaignId);
      return readEta(stores, campaign, { at: clock.now(), hoursPerNight });
    },
    registerSerialPlan: (plan) => registerSerialPlan(parts, plan),
    getSerialPlan: (id) => getSerialPlan(parts, id),
    createComparison: (comparison) => createComparison(parts, comparison),
    getComparison: (id) => getComparison(parts, id),
  };
}
