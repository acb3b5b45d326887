import { AppError } from '@gauntlet/shared/contracts/errors';
import type { VerdictRule, VerdictView } from '@gauntlet/shared/contracts/verdict';
import type { History } from '@gauntlet/statistics/history';
import { type Claim, type Design, judge, type Verdict } from '@gauntlet/statistics/verdict';
import { tallyArm } from '../estimate-progress.ts';
import type { BucketRecord, Stores } from '../ports.ts';
import type { CampaignRecord, TallyRow } from '../records.ts';
import { type ArmPair, findingsMax, isDrawn, toHistory } from './campaign-history.ts';
import { isUnproven } from './noticing.ts';
import type { FindingRecord, SerialPlanRecord, SignatureRecord } from './ports.ts';
import { ruleDefault } from './rule-default.ts';
import { seriallyAfter, toStages } from './serial-history.ts';
import { toVerdictView } from './to-verdict-view.ts';
import { trendWarnings, verdictWarnings } from './verdict-warnings.ts';

/** All that one verdict of a campaign is made of; the same for view, chart and stop rule. */
export interface Case {
  readonly campaign: CampaignRecord;
  readonly rule: VerdictRule;
  readonly arms: ArmPair;
  readonly design: Design;
  readonly history: History;
  readonly signature: SignatureRecord | null;
  readonly findings: readonly FindingRecord[];
  readonly plan: SerialPlanRecord | null;
  readonly tallies: readonly TallyRow[];
}

export function claimOf({ alpha, effectivenessTarget, futilityRate }: VerdictRule): Claim {
  return { alpha, effectivenessTarget, futilityRate };
}

/** What a case may be told instead of finding it out. */
interface Asked {
  readonly signature?: SignatureRecord | undefined;
  readonly tallies?: readonly TallyRow[] | undefined;
  readonly arms?: ArmPair | undefined;
  readonly rule?: VerdictRule | undefined;
  /** The campaign's first arm as the candidate of this plan. */
  readonly plan?: SerialPlanRecord | undefined;
}

/**
 * Gathers the case about one signature: the one asked for, the rule's bucket, or the one with the
 * most findings in all arms together. That choice does not look at the arms, so it favours none.
 * A few reads whatever the number of attempts.
 */
export async function gatherCase(
  stores: Stores,
  campaign: CampaignRecord,
  asked: Asked = {},
): Promise<Case> {
  const rule = asked.rule ?? campaign.config.stop.verdict ?? ruleDefault;
  const tallies = asked.tallies ?? (await stores.campaigns.readTallies(campaign.id));
  const plan = asked.plan ?? (await planOf(stores, rule));
  const bucketId = rule.bucketId ?? plan?.bucketId ?? null;
  const signature =
    asked.signature ??
    (rule.counts === 'any-finding'
      ? anyFinding
      : await chooseSignature(stores, campaign, bucketId));
  const findings =
    signature === null
      ? []
      : await stores.analysis.listFindings(campaign.id, signature.signature, findingsMax);
  const arms = asked.arms ?? armsOf(campaign, plan);
  const exposures = campaign.config.arms.map(
    (_, arm) => tallyArm(tallies.filter((row) => row.arm === arm)).exposures,
  );
  const own = upToTallies(toHistory(findings, arms, { config: campaign.config, exposures }));
  const design = plan === null ? designOf(campaign, arms) : 'registered-plan';
  const history = plan === null ? own : seriallyAfter(plan, own);
  return { campaign, rule, arms, design, history, signature, findings, plan, tallies };
}

/**
 * The findings are read after the tallies: those that were settled in between are not counted there
 * yet, and a finding without its exposure is no history.
 */
function upToTallies(history: History): History {
  const { n0, n1 } = history;
  return { ...history, bugchecks: history.bugchecks.filter((one) => one.n0 <= n0 && one.n1 <= n1) };
}

function armsOf({ config }: CampaignRecord, plan: SerialPlanRecord | null): ArmPair {
  const alone = plan !== null || config.arms.length < 2;
  return { baseline: 0, candidate: alone ? null : 1 };
}

function designOf({ plan }: CampaignRecord, arms: ArmPair): Design {
  if (arms.candidate === null) return 'single-arm';
  return isDrawn(plan, arms) ? 'interleaved' : 'sequence';
}

async function planOf(stores: Stores, { serialPlanId }: VerdictRule) {
  if (serialPlanId === null) return null;
  return (await stores.analysis.findSerialPlan(serialPlanId)) ?? null;
}

/** Named by the rule before the first attempt, so that it favours no arm. */
const anyFinding: SignatureRecord = {
  signature: null,
  bucketId: null,
  title: 'any finding: bugchecks, hangs and faults',
  findings: 0,
};

async function chooseSignature(
  stores: Stores,
  campaign: CampaignRecord,
  bucketId: string | null,
): Promise<SignatureRecord | null> {
  if (bucketId === null) {
    const [most] = await stores.analysis.listSignatures(campaign.id, 1);
    return most ?? null;
  }
  const bucket = await findMerged(stores, bucketId);
  const title = bucket?.title ?? 'a bucket that nobody knows';
  const id = bucket?.id ?? bucketId;
  return { signature: id, bucketId: id, title, findings: 0 };
}

/** The one judgement behind the view, the chart and the stop rule. */
export function judgeCase({ design, history, rule, plan }: Case): Verdict {
  return judge({
    design,
    history,
    claim: claimOf(rule),
    plan: plan === null ? null : { rateRatioMax: plan.rateRatioMax, stages: toStages(plan) },
  });
}

export function viewCase(given: Case): VerdictView {
  const { campaign, arms, rule, signature, findings, plan, tallies } = given;
  const verdict = judgeCase(given);
  const nameOf = (arm: number) => campaign.config.arms[arm]?.name ?? String(arm);
  const own = { name: nameOf(arms.baseline), campaignId: campaign.id };
  const other =
    arms.candidate === null ? null : { name: nameOf(arms.candidate), campaignId: campaign.id };
  const before = {
    name: plan?.baselineArm ?? 'the baseline',
    campaignId: plan?.baselineCampaignId ?? null,
  };
  const warnings = verdictWarnings(campaign, arms, tallies);
  // Of a registered baseline only the counts are known.
  if (plan === null) warnings.push(...trendWarnings(given.history));
  if (findings.length >= findingsMax) {
    warnings.push(`Judged on the first ${findingsMax.toLocaleString('en-US')} findings.`);
  }
  const { k0, n0, k1, n1 } = verdict.tally;
  // Of a registered plan the baseline was another campaign.
  const seen =
    plan === null ? { found: k0 + k1, exposures: n0 + n1 } : { found: k1, exposures: n1 };
  return toVerdictView(verdict, {
    unproven: isUnproven(campaign, seen),
    design: given.design,
    rule,
    signature,
    baseline: plan === null ? own : before,
    candidate: plan === null ? other : own,
    plan,
    warnings,
  });
}

export async function readVerdict(
  stores: Stores,
  campaign: CampaignRecord,
  tallies?: readonly TallyRow[],
): Promise<VerdictView> {
  return viewCase(await gatherCase(stores, campaign, { tallies }));
}

const signaturesMax = 100;

/** One verdict a signature, the one with the most findings first. */
export async function readVerdicts(
  stores: Stores,
  campaign: CampaignRecord,
): Promise<VerdictView[]> {
  const tallies = await stores.campaigns.readTallies(campaign.id);
  const signatures = await stores.analysis.listSignatures(campaign.id, signaturesMax);
  const cases = await Promise.all(
    signatures.map((signature) => gatherCase(stores, campaign, { signature, tallies })),
  );
  return cases.map(viewCase);
}

/** The bucket, or the one it was merged into since somebody named it. */
async function findMerged({ bugchecks }: Stores, id: string): Promise<BucketRecord | undefined> {
  const bucket = await bugchecks.findBucket(id);
  const into = bucket?.mergedInto ?? null;
  return into === null ? bucket : bugchecks.findBucket(into);
}

/** Finds the signature of a bucket in a campaign. @throws AppError `resource.unknown` */
export async function findSignature(
  stores: Stores,
  campaign: CampaignRecord,
  bucketId: string,
): Promise<SignatureRecord> {
  const bucket = await findMerged(stores, bucketId);
  if (bucket === undefined) {
    throw new AppError('resource.unknown', `There is no bucket ${bucketId}.`);
  }
  const signatures = await stores.analysis.listSignatures(campaign.id, signaturesMax);
  return (
    signatures.find((one) => one.bucketId === bucket.id) ?? {
      signature: bucket.id,
      bucketId: bucket.id,
      title: bucket.title,
      findings: 0,
    }
  );
}
