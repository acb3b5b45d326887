import type { NewSerialPlan, SerialPlanView } from '@gauntlet/shared/contracts/analysis';
import { AppError } from '@gauntlet/shared/contracts/errors';
import { toIso } from '@gauntlet/shared/kernel/instant';
import { serialPlanSentence } from '@gauntlet/statistics/sentences/plan';
import { planInSequence, serialProgress } from '@gauntlet/statistics/serial-plan';
import type { Parts } from '../parts.ts';
import type { Stores } from '../ports.ts';
import { findArm } from './arm-tally.ts';
import { alphaDefault } from './calculate-rate.ts';
import { gatherCase } from './campaign-verdict.ts';
import { toExtended } from './extended.ts';
import { refusing } from './input-faults.ts';
import type { SerialPlanRecord } from './ports.ts';
import { refuseField } from './refuse.ts';
import { toStages } from './serial-history.ts';

/**
 * Fixes the candidate's migrations from what the baseline has shown by now. What the baseline does
 * later changes nothing: a plan that moved with the data would be no plan.
 *
 * @throws AppError `request.impossible`, `resource.unknown`
 */
export async function registerSerialPlan(
  parts: Parts,
  asked: NewSerialPlan,
): Promise<SerialPlanView> {
  if (asked.secondChances === true && asked.allowed !== undefined) {
    refuseField('/allowed', 'is decided by /secondChances: give one of the two');
  }
  const baseline = await baselineOf(parts.stores, asked.baseline);
  const { alpha = alphaDefault, rateRatioMax = 1 } = asked;
  const stages = refusing(() =>
    planInSequence({
      k0: baseline.bugchecks,
      n0: baseline.migrations,
      alpha,
      rateRatioMax,
      allowed: asked.secondChances === true ? 'second-chances' : (asked.allowed ?? 0),
    }),
  );
  if (stages.some((stage) => !Number.isSafeInteger(stage.migrations))) {
    refuseField(
      '/baseline',
      'has no bugcheck: no number of clean migrations can show a lower rate',
    );
  }
  const plan: SerialPlanRecord = {
    id: parts.ids.next(),
    registeredAt: parts.clock.now(),
    ...baseline,
    alpha,
    rateRatioMax,
    stages,
    candidateCampaignId: null,
  };
  await parts.stores.analysis.insertSerialPlan(plan);
  return toSerialPlanView(parts.stores, plan);
}

export async function getSerialPlan({ stores }: Parts, id: string): Promise<SerialPlanView> {
  return toSerialPlanView(stores, await findSerialPlan(stores, id));
}

/** @throws AppError `resource.unknown` */
export async function findSerialPlan({ analysis }: Stores, id: string): Promise<SerialPlanRecord> {
  const plan = await analysis.findSerialPlan(id);
  if (plan === undefined) throw new AppError('resource.unknown', `There is no serial plan ${id}.`);
  return plan;
}

type Baseline = Pick<
  SerialPlanRecord,
  'baselineCampaignId' | 'baselineArm' | 'bucketId' | 'bugchecks' | 'migrations'
>;

async function baselineOf(stores: Stores, asked: NewSerialPlan['baseline']): Promise<Baseline> {
  if (!('campaignId' in asked)) {
    return { baselineCampaignId: null, baselineArm: null, bucketId: null, ...asked };
  }
  const { campaignId, arm } = asked;
  const found = await findArm(stores, { campaignId, arm, bucketId: asked.bucketId ?? null });
  if (found.campaign.config.placement.allocation === 'thompson') {
    refuseField(
      '/baseline/campaignId',
      'was a hunt with adaptive allocation: its bugchecks chose the configuration and cannot ' +
        'serve as its baseline; run a campaign with even allocation',
    );
  }
  return {
    baselineCampaignId: campaignId,
    baselineArm: arm,
    bucketId: found.signature?.bucketId ?? null,
    bugchecks: found.findings.length,
    migrations: found.exposures,
  };
}

async function toSerialPlanView(stores: Stores, plan: SerialPlanRecord): Promise<SerialPlanView> {
  const view = {
    id: plan.id,
    registeredAt: toIso(plan.registeredAt),
    baseline: {
      campaignId: plan.baselineCampaignId,
      arm: plan.baselineArm,
      bucketId: plan.bucketId,
      bugchecks: plan.bugchecks,
      migrations: plan.migrations,
    },
    alpha: plan.alpha,
    rateRatioMax: plan.rateRatioMax,
    stages: toStages(plan).map((stage) => ({ ...stage, migrations: toExtended(stage.migrations) })),
    state: await stateOf(stores, plan),
    candidateCampaignId: plan.candidateCampaignId,
  };
  return { ...view, sentence: serialPlanSentence(view) };
}

async function stateOf(stores: Stores, plan: SerialPlanRecord): Promise<SerialPlanView['state']> {
  if (plan.candidateCampaignId === null) return 'registered';
  const campaign = await stores.campaigns.find(plan.candidateCampaignId);
  if (campaign === undefined) return 'registered';
  const { history } = await gatherCase(stores, campaign, { plan });
  return serialProgress(history, toStages(plan)).state;
}
