import Type, { type Static } from 'typebox';
import { literals, Name, nullable, Uuid } from './primitives.ts';

const strict = { additionalProperties: false };

/** A significance level, in (0, 1). */
export const Alpha = Type.Number({ minimum: 1e-15, exclusiveMaximum: 1 });

/** JSON has no infinity: "no number suffices" and "no upper end" travel as this string. */
export const Extended = Type.Union([Type.Number(), Type.Literal('Infinity')]);
export type Extended = Static<typeof Extended>;

/** Bugchecks per exposure, both ends in [0, 1]. */
export const RateInterval = Type.Object({ lower: Type.Number(), upper: Type.Number() });
export type RateInterval = Static<typeof RateInterval>;

/** Candidate's rate over baseline's, within [0, Infinity]. */
export const RatioInterval = Type.Object({ lower: Type.Number(), upper: Extended });
export type RatioInterval = Static<typeof RatioInterval>;

export const verdictStates = [
  'inconclusive',
  'reproduced',
  'baseline-ready',
  'confirmed',
  'confirmed-strong',
  'refuted',
  'futile',
] as const;
export type VerdictState = (typeof verdictStates)[number];

/**
 * How the evidence was gathered. `single-arm`: nothing to compare with yet. `interleaved`: the arm
 * of every attempt was drawn with a logged probability. `sequence`: one arm after the other.
 * `registered-plan`: in sequence, with the candidate's migrations fixed before it started.
 */
export const verdictDesigns = ['single-arm', 'interleaved', 'sequence', 'registered-plan'] as const;
export type VerdictDesign = (typeof verdictDesigns)[number];

/**
 * `signature`: bugchecks of one bucket. `any-finding`: bugchecks, hangs and faults together, for a
 * defect that looks different each time, as lost memory does.
 */
export const verdictCounts = ['signature', 'any-finding'] as const;

/** Stop once the claim "the candidate is at least so effective" is confirmed, refuted or futile. */
export const NewVerdictRule = Type.Object(
  {
    alpha: Type.Optional(Alpha),
    /** Effectiveness is 1 - rate ratio; 1 claims "eliminated". */
    effectivenessTarget: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    /** Give up once the baseline's rate is shown to lie below this; null: never. */
    futilityRate: Type.Optional(nullable(Type.Number({ exclusiveMinimum: 0, maximum: 1 }))),
    /** The bucket the verdict is about; null: the one with the most bugchecks in all arms. */
    bucketId: Type.Optional(nullable(Uuid)),
    /** A registered serial plan (`POST /serial-plans`) that this campaign's first arm executes. */
    serialPlanId: Type.Optional(nullable(Uuid)),
    /** What counts against an arm: one signature, or every finding whatever its signature. */
    counts: Type.Optional(literals(verdictCounts)),
  },
  strict,
);
export type NewVerdictRule = Static<typeof NewVerdictRule>;

export const VerdictRule = Type.Object({
  alpha: Type.Number(),
  effectivenessTarget: Type.Number(),
  futilityRate: nullable(Type.Number()),
  bucketId: nullable(Uuid),
  serialPlanId: nullable(Uuid),
  /** Absent in rules stored before there was a choice: `signature`. */
  counts: Type.Optional(literals(verdictCounts)),
});
export type VerdictRule = Static<typeof VerdictRule>;

export const ArmCounts = Type.Object({
  arm: Name,
  campaignId: nullable(Uuid),
  bugchecks: Type.Integer(),
  exposures: Type.Integer(),
});
export type ArmCounts = Static<typeof ArmCounts>;

/** One stage of a registered plan: confirmed at `migrations` with at most `allowed` bugchecks. */
export const SerialPlanStage = Type.Object({
  allowed: Type.Integer(),
  alpha: Type.Number(),
  migrations: Extended,
});
export type SerialPlanStage = Static<typeof SerialPlanStage>;

export const serialPlanStates = ['registered', 'running', 'completed', 'missed'] as const;
export type SerialPlanState = (typeof serialPlanStates)[number];

/**
 * What the analysis concludes about one signature, with its interval. The sentence quotes these
 * fields and no other numbers; chart, sentence and stop rule come from one function.
 */
export const VerdictView = Type.Object({
  state: literals(verdictStates),
  design: literals(verdictDesigns),
  alpha: Type.Number(),
  effectivenessTarget: Type.Number(),
  futilityRate: nullable(Type.Number()),
  /** The bucket judged; null before the first bugcheck, or for findings without a bugcheck. */
  bucketId: nullable(Uuid),
  /** What is counted, in words: a bucket's title, `guest-hang`, ...; null before the first. */
  signature: nullable(Type.String()),
  counts: Type.Optional(literals(verdictCounts)),
  /** True when nothing was found and it was never seen that something would have been. */
  unproven: Type.Optional(Type.Boolean()),
  baseline: ArmCounts,
  candidate: nullable(ArmCounts),
  /** Of the baseline (or the only arm), at alpha. */
  rate: Type.Object({
    estimate: nullable(Type.Number()),
    exact: RateInterval,
    anytime: RateInterval,
  }),
  rateRatio: nullable(
    Type.Object({
      estimate: nullable(Extended),
      /** Two-sided, valid at one look that was planned. */
      exact: RatioInterval,
      /** Valid at every look. */
      anytime: RatioInterval,
    }),
  ),
  /** 1 - rate ratio. `lower` is one-sided at alpha and holds at a planned look only. */
  effectiveness: nullable(
    Type.Object({
      estimate: nullable(Type.Number()),
      lower: nullable(Type.Number()),
      anytimeLower: nullable(Type.Number()),
    }),
  ),
  /** One-sided exact p-value for "the candidate's rate is lower", at a planned look; null: no candidate. */
  pValue: nullable(Type.Number()),
  /** Evidence against "the candidate is no better", at any look; null without a candidate. */
  eValue: nullable(Extended),
  /** `needed` is 1/alpha; then natural logarithms: of the e-value, its largest so far, and 1/alpha. */
  evidence: nullable(
    Type.Object({
      needed: Type.Number(),
      logEValue: Type.Number(),
      logEValueMax: Type.Number(),
      logDecision: Type.Number(),
    }),
  ),
  /** The candidate's clean exposures, from the start, that would show "lower" in a registered plan. */
  cleanNeeded: nullable(Extended),
  serialPlan: nullable(
    Type.Object({
      id: Uuid,
      state: literals(serialPlanStates),
      rateRatioMax: Type.Number(),
      stages: Type.Array(SerialPlanStage),
    }),
  ),
  /** What weakens the conclusion: lopsided rig faults, an exposure ratio off its plan, ... */
  warnings: Type.Array(Type.String()),
  sentence: Type.String(),
});
export type VerdictView = Static<typeof VerdictView>;
