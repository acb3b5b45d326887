import type { Stores } from '../ports.ts';
import type { CampaignRecord } from '../records.ts';
import { refuseField } from './refuse.ts';

/**
 * Gives a campaign the plan it executes, for good: a plan that could be tried again until it
 * succeeds would prove nothing. Call in the transaction that starts the campaign.
 *
 * @throws AppError `request.impossible`
 */
export async function bindSerialPlan(
  stores: Stores,
  { id, config }: CampaignRecord,
): Promise<void> {
  const planId = config.stop.verdict?.serialPlanId ?? null;
  if (planId === null) return;
  const pointer = '/stop/verdict/serialPlanId';
  if ((await stores.analysis.findSerialPlan(planId)) === undefined) {
    refuseField(pointer, `there is no serial plan ${planId}`);
  }
  if (!(await stores.analysis.bindSerialPlan(planId, id))) {
    refuseField(pointer, 'serves another campaign already; a plan is used once');
  }
}
