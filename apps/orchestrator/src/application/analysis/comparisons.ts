import type { ComparisonView, NewComparison } from '@gauntlet/shared/contracts/analysis';
import { AppError } from '@gauntlet/shared/contracts/errors';
import type { VerdictRule, VerdictView } from '@gauntlet/shared/contracts/verdict';
import { isActive } from '@gauntlet/shared/domain/campaign';
import { toIso } from '@gauntlet/shared/kernel/instant';
import { type Design, judge, judgeTally, type Verdict } from '@gauntlet/statistics/verdict';
import type { Parts } from '../parts.ts';
import type { Stores } from '../ports.ts';
import { type ArmTally, findArm } from './arm-tally.ts';
import { toHistory } from './campaign-history.ts';
import { claimOf, gatherCase, viewCase } from './campaign-verdict.ts';
import { isUnproven } from './noticing.ts';
import type { ComparisonRecord, SerialPlanRecord } from './ports.ts';
import { refuseField } from './refuse.ts';
import { ruleDefault } from './rule-default.ts';
import { seriallyAfter, toStages } from './serial-history.ts';
import { findSerialPlan } from './serial-plans.ts';
import { toVerdictView } from './to-verdict-view.ts';

/**
 * Remembers a question about two arms; its answer is made anew from the records at every look.
 *
 * @throws AppError `resource.unknown`, `request.impossible`
 */
export async function createComparison(
  parts: Parts,
  asked: NewComparison,
): Promise<ComparisonView> {
  const comparison: ComparisonRecord = {
    id: parts.ids.next(),
    createdAt: parts.clock.now(),
    question: {
      baseline: asked.baseline,
      candidate: asked.candidate,
      alpha: asked.alpha ?? ruleDefault.alpha,
      effectivenessTarget: asked.effectivenessTarget ?? ruleDefault.effectivenessTarget,
      bucketId: asked.bucketId ?? null,
      serialPlanId: asked.serialPlanId ?? null,
    },
  };
  const view = await answer(parts.stores, comparison);
  const { serialPlanId } = comparison.question;
  if (serialPlanId !== null) {
    const { campaignId } = comparison.question.candidate;
    if (!(await parts.stores.analysis.bindSerialPlan(serialPlanId, campaignId))) {
      refuseField('/serialPlanId', 'serves another campaign already; a plan is used once');
    }
  }
  await parts.stores.analysis.insertComparison(comparison);
  return view;
}

/** @throws AppError `resource.unknown` */
export async function getComparison({ stores }: Parts, id: string): Promise<ComparisonView> {
  const comparison = await stores.analysis.findComparison(id);
  if (comparison === undefined) {
    throw new AppError('resource.unknown', `There is no comparison ${id}.`);
  }
  return answer(stores, comparison);
}

async function answer(
  stores: Stores,
  { id, createdAt, question }: ComparisonRecord,
): Promise<ComparisonView> {
  const verdict = await judgeQuestion(stores, question);
  const { state, rateRatio, effectiveness, pValue, eValue, cleanNeeded, sentence } = verdict;
  const { baseline, candidate, alpha, effectivenessTarget } = question;
  return {
    id,
    createdAt: toIso(createdAt),
    baseline,
    candidate,
    alpha,
    effectivenessTarget,
    state,
    rateRatio,
    effectiveness,
    pValue,
    eValue,
    cleanNeeded,
    sentence,
    verdict,
  };
}

type Question = ComparisonRecord['question'];

async function judgeQuestion(stores: Stores, question: Question): Promise<VerdictView> {
  const { baseline, candidate, alpha, effectivenessTarget, bucketId, serialPlanId } = question;
  const rule: VerdictRule = {
    alpha,
    effectivenessTarget,
    bucketId,
    serialPlanId,
    futilityRate: null,
  };
  const before = await findArm(stores, { ...baseline, bucketId });
  const shared = bucketId ?? before.signature?.bucketId ?? null;
  const after = await findArm(stores, { ...candidate, bucketId: shared });
  assertComparable(before, after);
  if (before.campaign.id === after.campaign.id) {
    if (serialPlanId !== null)
      refuseField('/serialPlanId', 'is for arms of two campaigns, one after the other');
    return viewWithin(stores, { before, after, rule });
  }
  const plan = serialPlanId === null ? null : await findSerialPlan(stores, serialPlanId);
  if (plan !== null) assertPlanFits(plan, before, after);
  return viewAcross({ before, after, rule, plan });
}

function assertComparable(before: ArmTally, after: ArmTally): void {
  if (before.campaign.id === after.campaign.id && before.arm === after.arm) {
    refuseField('/candidate', 'is the baseline itself');
  }
  for (const [pointer, arm] of [
    ['/baseline', before],
    ['/candidate', after],
  ] as const) {
    if (arm.campaign.config.placement.allocation !== 'thompson') continue;
    refuseField(
      `${pointer}/campaignId`,
      'was a hunt with adaptive allocation: its bugchecks chose the configuration and cannot be ' +
        'compared; run a campaign with even allocation',
    );
  }
}

function assertPlanFits(plan: SerialPlanRecord, before: ArmTally, after: ArmTally): void {
  if (plan.baselineCampaignId !== null && plan.baselineCampaignId !== before.campaign.id) {
    refuseField('/serialPlanId', 'was registered on another baseline');
  }
  if (plan.registeredAt > after.campaign.createdAt) {
    refuseField(
      '/serialPlanId',
      'was registered after the candidate had started; the count has to be fixed before',
    );
  }
}

async function viewWithin(
  stores: Stores,
  { before, after, rule }: { before: ArmTally; after: ArmTally; rule: VerdictRule },
): Promise<VerdictView> {
  const given = await gatherCase(stores, before.campaign, {
    signature: before.signature ?? undefined,
    tallies: before.tallies,
    arms: { baseline: before.arm, candidate: after.arm },
    rule,
  });
  return viewCase(given);
}

function viewAcross({
  before,
  after,
  rule,
  plan,
}: {
  readonly before: ArmTally;
  readonly after: ArmTally;
  readonly rule: VerdictRule;
  readonly plan: SerialPlanRecord | null;
}): VerdictView {
  const design: Design = plan === null ? 'sequence' : 'registered-plan';
  const verdict = judgeAcross({ before, after, rule, plan });
  const { k1, n1 } = verdict.tally;
  return toVerdictView(verdict, {
    unproven: isUnproven(after.campaign, { found: k1, exposures: n1 }),
    design,
    rule,
    signature: before.signature,
    baseline: { name: before.name, campaignId: before.campaign.id },
    candidate: { name: after.name, campaignId: after.campaign.id },
    plan,
    warnings: [
      'The arms ran one after the other: hosts, load and calendar time may differ between them.',
    ],
  });
}

function judgeAcross({
  before,
  after,
  rule,
  plan,
}: {
  readonly before: ArmTally;
  readonly after: ArmTally;
  readonly rule: VerdictRule;
  readonly plan: SerialPlanRecord | null;
}): Verdict {
  const claim = claimOf(rule);
  const own = toHistory(
    after.findings,
    { baseline: after.arm, candidate: null },
    {
      config: after.campaign.config,
      exposures: after.campaign.config.arms.map(() => after.exposures),
    },
  );
  const fixed = plan ?? { bugchecks: before.findings.length, migrations: before.exposures };
  const history = seriallyAfter(fixed, own);
  if (plan !== null) {
    const { rateRatioMax } = plan;
    const registered = { rateRatioMax, stages: toStages(plan) };
    return judge({ design: 'registered-plan', history, claim, plan: registered });
  }
  if (!ranBefore(before, after)) {
    const [k0, n0] = [before.findings.length, before.exposures];
    return judgeTally({ k0, n0, k1: after.findings.length, n1: after.exposures }, claim);
  }
  return judge({ design: 'sequence', history, claim });
}

/** Only then is it known what the baseline had shown at each moment of the candidate. */
function ranBefore({ campaign: before }: ArmTally, { campaign: after }: ArmTally): boolean {
  if (isActive(before.state) || before.endedAt === null) return false;
  return before.endedAt <= after.createdAt;
}
