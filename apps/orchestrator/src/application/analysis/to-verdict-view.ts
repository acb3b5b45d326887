import type { VerdictRule, VerdictView } from '@gauntlet/shared/contracts/verdict';
import { verdictSentence } from '@gauntlet/statistics/sentences/verdict';
import type { Design, Verdict } from '@gauntlet/statistics/verdict';
import { toComparisonFields } from './comparison-fields.ts';
import { toExtended } from './extended.ts';
import type { SerialPlanRecord, SignatureRecord } from './ports.ts';
import { toStages } from './serial-history.ts';

interface Arm {
  readonly name: string;
  readonly campaignId: string | null;
}

/** A verdict as its readers see it; the sentence is made from the very fields of the view. */
export function toVerdictView(
  verdict: Verdict,
  about: {
    readonly design: Design;
    readonly rule: VerdictRule;
    readonly signature: SignatureRecord | null;
    readonly baseline: Arm;
    readonly candidate: Arm | null;
    readonly plan: SerialPlanRecord | null;
    readonly warnings: readonly string[];
    readonly unproven: boolean;
  },
): VerdictView {
  const { rule, signature, baseline, candidate, plan } = about;
  const { k0, n0, k1, n1 } = verdict.tally;
  const fields = {
    state: verdict.state,
    design: about.design,
    alpha: rule.alpha,
    effectivenessTarget: rule.effectivenessTarget,
    futilityRate: rule.futilityRate,
    bucketId: signature?.bucketId ?? null,
    signature: signature?.title ?? null,
    counts: countsOf(signature),
    unproven: about.unproven,
    baseline: {
      arm: baseline.name,
      campaignId: baseline.campaignId,
      bugchecks: k0,
      exposures: n0,
    },
    candidate:
      candidate === null
        ? null
        : { arm: candidate.name, campaignId: candidate.campaignId, bugchecks: k1, exposures: n1 },
    rate: verdict.rate,
    ...toComparisonFields(verdict, rule.alpha),
    serialPlan: plan === null ? null : toSerialPlan(plan, verdict),
    warnings: [...about.warnings],
  };
  return { ...fields, sentence: verdictSentence(fields) };
}

function countsOf(signature: SignatureRecord | null): NonNullable<VerdictView['counts']> {
  return signature !== null && signature.signature === null ? 'any-finding' : 'signature';
}

function toSerialPlan(plan: SerialPlanRecord, { serial }: Verdict): VerdictView['serialPlan'] {
  return {
    id: plan.id,
    state: serial?.state ?? 'registered',
    rateRatioMax: plan.rateRatioMax,
    stages: toStages(plan).map((stage) => ({ ...stage, migrations: toExtended(stage.migrations) })),
  };
}
