import { demandTwoArms, rateRatioConditional } from './compare.ts';
import { condRrSequence } from './conditional-e-process.ts';
import { createConditionalTracker } from './conditional-tracker.ts';
import { confidenceSequence } from './confidence-sequence.ts';
import { demandHistory, type History, momentsOf, type Tally, tallyOf } from './history.ts';
import { checkOpenUnit, checkRate, checkThat, demand, type InputFault } from './input.ts';
import { cleanNeededVsBaseline } from './planning.ts';
import { clopperPearson, type Interval } from './rate.ts';
import {
  demandStages,
  type SerialProgress,
  type SerialStage,
  serialProgress,
} from './serial-plan.ts';
import {
  createArmMixtures,
  type EvidenceAgainst,
  evidenceInSequence,
  uiRrSequence,
} from './universal-inference.ts';

/** What is claimed of the candidate, and the error probability granted to each conclusion. */
export interface Claim {
  readonly alpha: number;
  /** "At least so effective": 1 - rate ratio, in [0, 1]; 1 claims "eliminated". */
  readonly effectivenessTarget: number;
  /** Give up once the baseline's rate is shown to lie below this; null: never. */
  readonly futilityRate: number | null;
}

export type Design = 'single-arm' | 'interleaved' | 'sequence' | 'registered-plan';

export type VerdictState =
  | 'inconclusive'
  | 'reproduced'
  | 'baseline-ready'
  | 'confirmed'
  | 'confirmed-strong'
  | 'refuted'
  | 'futile';

export interface VerdictInput {
  readonly design: Design;
  readonly history: History;
  readonly claim: Claim;
  /** The plan that was registered before the candidate started; needed by `registered-plan`. */
  readonly plan?: { readonly rateRatioMax: number; readonly stages: readonly SerialStage[] } | null;
}

/** The one source of the state, the chart's interval and every number of the sentence. */
export interface Verdict {
  readonly state: VerdictState;
  readonly tally: Tally;
  readonly rate: {
    readonly estimate: number | null;
    readonly exact: Interval;
    readonly anytime: Interval;
  };
  /** Clean migrations of a candidate that would show "lower" in a plan registered now. */
  readonly cleanNeeded: number;
  readonly comparison: Comparison | null;
  readonly serial: SerialProgress | null;
}

export interface Comparison {
  readonly rateRatio: {
    readonly estimate: number | null;
    readonly exact: Interval;
    readonly anytime: Interval;
  };
  readonly effectiveness: {
    readonly estimate: number | null;
    /** One-sided at alpha, at a planned look; null when nothing bounds it. */
    readonly lower: number | null;
    readonly anytimeLower: number | null;
  };
  readonly pValue: number;
  readonly logE: number;
  readonly logEMax: number;
  readonly logDecision: number;
}

/**
 * Judges one signature. Interleaved arms use the conditional e-process, arms in sequence universal
 * inference; a registered plan confirms by its own count only, so that alpha is not spent twice.
 * What was shown at any moment stays shown. Linear in the bugchecks, constant in the migrations.
 *
 * @throws StatisticsInputError unless the history can have happened, 0 < alpha < 1, the target is
 *   in [0, 1] and a plan is given exactly when the design asks for one
 */
export function judge(input: VerdictInput): Verdict {
  demandVerdict(input);
  const { design, history, claim, plan = null } = input;
  const serial = plan === null ? null : serialProgress(history, plan.stages);
  return assemble({
    design,
    claim,
    serial,
    tally: tallyOf(history),
    rateRatioMax: plan?.rateRatioMax ?? 1,
    evidence: design === 'single-arm' ? null : gather(weigh(input), claim),
    anytime: design === 'single-arm' ? everything : anytimeRatio(input),
  });
}

/**
 * As `judge` for arms in sequence of which only the counts are known: what this one look shows.
 *
 * @throws StatisticsInputError unless 0 <= k <= n are integers in both arms, 0 < alpha < 1 and the
 *   target is in [0, 1]
 */
export function judgeTally(tally: Tally, claim: Claim): Verdict {
  demandTwoArms('verdict', { ...tally, alpha: claim.alpha });
  demand('verdict', ...checkClaim(claim));
  return assemble({
    design: 'sequence',
    claim,
    serial: null,
    tally,
    rateRatioMax: 1,
    evidence: gather([weightsOf(evidenceInSequence(tally), claim)], claim),
    anytime: uiRrSequence({ ...tally, alpha: claim.alpha }),
  });
}

interface Findings {
  readonly design: Design;
  readonly claim: Claim;
  readonly tally: Tally;
  readonly evidence: Evidence | null;
  readonly anytime: Interval;
  readonly serial: SerialProgress | null;
  readonly rateRatioMax: number;
}

const everything: Interval = { lower: 0, upper: Infinity };

function assemble(findings: Findings): Verdict {
  const { tally, claim, evidence, serial } = findings;
  const rateInput = { k: tally.k0, n: tally.n0, alpha: claim.alpha };
  return {
    state: conclude(findings),
    tally,
    rate: {
      estimate: tally.n0 === 0 ? null : tally.k0 / tally.n0,
      exact: clopperPearson(rateInput),
      anytime: confidenceSequence(rateInput),
    },
    cleanNeeded: cleanNeededVsBaseline({
      k0: tally.k0,
      n0: tally.n0,
      alpha: claim.alpha,
      allowed: tally.k1,
    }).n,
    comparison: evidence === null ? null : compare({ ...findings, evidence }),
    serial,
  };
}

/** What the e-process showed so far, and when (as an index of moments): Infinity for never. */
interface Evidence {
  readonly logE: number;
  readonly logEMax: number;
  /** The rate is lower. */
  readonly lowerAt: number;
  /** The target is met. */
  readonly targetAt: number;
  /** The target is missed. */
  readonly missedAt: number;
}

interface Weights {
  readonly lower: number;
  readonly target: number;
  readonly missed: number;
}

function weigh({ design, history, claim }: VerdictInput): readonly Weights[] {
  return design === 'interleaved'
    ? weighInterleaved(history, claim)
    : weighInSequence(momentsOf(history), claim);
}

function gather(weighed: readonly Weights[], claim: Claim): Evidence {
  const logDecision = -Math.log(claim.alpha);
  const firstAt = (key: keyof Weights) => {
    const index = weighed.findIndex((weights) => weights[key] >= logDecision);
    return index === -1 ? Infinity : index;
  };
  return {
    logE: weighed.at(-1)?.lower ?? 0,
    logEMax: weighed.reduce((most, { lower }) => Math.max(most, lower), -Infinity),
    lowerAt: firstAt('lower'),
    targetAt: firstAt('target'),
    missedAt: firstAt('missed'),
  };
}

function weighInterleaved(history: History, claim: Claim): readonly Weights[] {
  const tracker = createConditionalTracker();
  const weighed = [weightsOf(tracker.logEvidence, claim)];
  for (const { arm, r } of history.bugchecks) {
    tracker.add(arm, r);
    weighed.push(weightsOf(tracker.logEvidence, claim));
  }
  return weighed;
}

function weighInSequence(moments: readonly Tally[], claim: Claim): readonly Weights[] {
  const mixtures = createArmMixtures();
  return moments.map((moment) => weightsOf(evidenceInSequence(moment, mixtures), claim));
}

/**
 * Log e-values against "no better" along a history, for the chart: the numbers that `judge` decides
 * by, in order. Arms in sequence may be asked at further moments in between.
 */
export function evidenceTrail(
  { design, history, claim }: Pick<VerdictInput, 'design' | 'history' | 'claim'>,
  between: readonly Tally[] = [],
): readonly { readonly moment: Tally; readonly logE: number }[] {
  if (design !== 'interleaved') {
    const size = ({ n0, n1 }: Tally) => n0 + n1;
    // A stable sort keeps "before" and "after" a bugcheck in their order.
    const moments = [...momentsOf(history), ...between].toSorted((a, b) => size(a) - size(b));
    const weighed = weighInSequence(moments, claim);
    return moments.map((moment, i) => ({ moment, logE: weighed[i]?.lower ?? 0 }));
  }
  const weighed = weighInterleaved(history, claim);
  const steps = momentsOf(history);
  // Before and after bugcheck j the evidence is that of j and of j + 1 bugchecks.
  return steps.map((moment) => ({ moment, logE: weighed[moment.k0 + moment.k1]?.lower ?? 0 }));
}

function weightsOf(logEvidence: EvidenceAgainst, { effectivenessTarget }: Claim): Weights {
  const rhoTarget = 1 - effectivenessTarget;
  return {
    lower: logEvidence(1, 'ge'),
    // "Eliminated" can be refuted by one bugcheck, but no number of clean migrations shows it; and
    // a target of 0 is "lower" itself, not something stronger.
    target: rhoTarget === 0 || rhoTarget === 1 ? -Infinity : logEvidence(rhoTarget, 'ge'),
    missed: logEvidence(rhoTarget, 'le'),
  };
}

const baselineBugchecksMin = 3;
/** 1 - 0.9 is a little less than 0.1 in binary. */
const rounding = 1e-9;

function conclude(findings: Findings): VerdictState {
  const { design, claim, tally } = findings;
  const shown = whatIsShown(findings);
  if (shown !== null) return shown;
  if (isFutile(tally, claim)) return 'futile';
  const isWaiting = design === 'single-arm' || design === 'interleaved' || tally.n1 === 0;
  if (!isWaiting || tally.k0 === 0) return 'inconclusive';
  return tally.k0 >= baselineBugchecksMin ? 'baseline-ready' : 'reproduced';
}

function whatIsShown({
  evidence,
  serial,
  rateRatioMax,
  claim: { effectivenessTarget },
}: Findings): 'confirmed' | 'confirmed-strong' | 'refuted' | null {
  if (evidence === null) return null;
  const isPlanned = serial !== null;
  const isCompleted = serial?.state === 'completed';
  const meetsTarget = isPlanned
    ? isCompleted && effectivenessTarget > 0 && rateRatioMax <= 1 - effectivenessTarget + rounding
    : evidence.targetAt < evidence.missedAt;
  if (meetsTarget) return 'confirmed-strong';
  if (evidence.missedAt < Infinity) return 'refuted';
  const isLower = isPlanned ? isCompleted : evidence.lowerAt < Infinity;
  return isLower ? 'confirmed' : null;
}

function isFutile({ k0, n0 }: Tally, { futilityRate, alpha }: Claim): boolean {
  return futilityRate !== null && confidenceSequence({ k: k0, n: n0, alpha }).upper < futilityRate;
}

function compare({
  tally,
  evidence,
  anytime,
  claim,
}: Findings & { evidence: Evidence }): Comparison {
  const { alpha } = claim;
  const { rr, lower, upper, pBetter } = rateRatioConditional({ ...tally, alpha });
  // alpha on one side only: both halves of a two-sided interval at 2 alpha.
  const oneSided = rateRatioConditional({ ...tally, alpha: Math.min(2 * alpha, 1 - 1e-15) });
  return {
    rateRatio: { estimate: rr, exact: { lower, upper }, anytime },
    effectiveness: {
      estimate: effectivenessOf(rr),
      lower: effectivenessOf(oneSided.upper),
      anytimeLower: effectivenessOf(anytime.upper),
    },
    pValue: pBetter,
    logE: evidence.logE,
    logEMax: evidence.logEMax,
    logDecision: -Math.log(alpha),
  };
}

function anytimeRatio({ design, history, claim: { alpha } }: VerdictInput): Interval {
  if (design !== 'interleaved') return uiRrSequence({ ...tallyOf(history), alpha });
  const arms = history.bugchecks.map(({ arm }) => arm);
  return condRrSequence({ arms, r: history.bugchecks.map(({ r }) => r), alpha });
}

function effectivenessOf(rho: number | null): number | null {
  return rho === null || !Number.isFinite(rho) ? null : 1 - rho;
}

function demandVerdict({ design, history, claim, plan = null }: VerdictInput): void {
  demandHistory(history);
  demand(
    'verdict',
    ...checkClaim(claim),
    checkThat(
      (plan !== null) === (design === 'registered-plan'),
      '/plan',
      'must be given for a registered plan, and for nothing else',
    ),
    checkThat(
      design !== 'single-arm' || (history.n1 === 0 && history.bugchecks.every((b) => b.arm === 0)),
      '/design',
      'must compare when there is a candidate arm',
    ),
  );
  if (plan !== null) demandStages('verdict', plan.stages);
}

function checkClaim(claim: Claim): readonly (InputFault | null)[] {
  return [
    checkOpenUnit('/alpha', claim.alpha),
    checkRate('/effectivenessTarget', claim.effectivenessTarget),
    claim.futilityRate === null ? null : checkRate('/futilityRate', claim.futilityRate),
  ];
}
