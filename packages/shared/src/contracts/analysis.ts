import Type, { type Static } from 'typebox';
import { literals, Name, nullable, Timestamp, Uuid } from './primitives.ts';
import {
  Alpha,
  Extended,
  RateInterval,
  RatioInterval,
  SerialPlanStage,
  serialPlanStates,
  VerdictView,
} from './verdict.ts';

const strict = { additionalProperties: false };
const CountOf = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER });
const Counts = Type.Object({ bugchecks: CountOf, migrations: CountOf }, strict);

/** `POST /analysis/rate` */
export const RateQuestion = Type.Object(
  { bugchecks: CountOf, migrations: CountOf, alpha: Type.Optional(Alpha) },
  strict,
);
export type RateQuestion = Static<typeof RateQuestion>;

export const RateAnswer = Type.Object({
  bugchecks: Type.Integer(),
  migrations: Type.Integer(),
  alpha: Type.Number(),
  estimate: nullable(Type.Number()),
  /** Two-sided, for a number of migrations that was fixed in advance. */
  exact: RateInterval,
  /** Two-sided, at every look. */
  anytime: RateInterval,
  /** One-sided upper bound at a planned look: "below 1 in 2,671 (95 %)". */
  upperOneSided: Type.Number(),
  sentence: Type.String(),
});
export type RateAnswer = Static<typeof RateAnswer>;

/** `POST /analysis/compare`. `order` names the arm of each bugcheck, for `interleaved`. */
export const CompareQuestion = Type.Object(
  {
    baseline: Counts,
    candidate: Counts,
    alpha: Type.Optional(Alpha),
    effectivenessTarget: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    design: literals(['planned', 'sequence', 'interleaved']),
    order: Type.Optional(Type.Array(literals(['baseline', 'candidate']), { maxItems: 10_000 })),
    /** Probability with which an attempt went to the candidate, for `interleaved`; 0.5 unless told. */
    candidateProbability: Type.Optional(Type.Number({ minimum: 0.001, maximum: 0.999 })),
  },
  strict,
);
export type CompareQuestion = Static<typeof CompareQuestion>;

export const CompareAnswer = Type.Object({
  baseline: Counts,
  candidate: Counts,
  alpha: Type.Number(),
  effectivenessTarget: Type.Number(),
  design: literals(['planned', 'sequence', 'interleaved']),
  ...Type.Pick(VerdictView, [
    'state',
    'rateRatio',
    'effectiveness',
    'pValue',
    'eValue',
    'evidence',
    'cleanNeeded',
  ]).properties,
  /** The candidate's rate: one-sided upper bound at a planned look. */
  candidateUpper: Type.Number(),
  sentence: Type.String(),
});
export type CompareAnswer = Static<typeof CompareAnswer>;

/** `POST /analysis/plan`: how long until a bugcheck was seen with `probability`. */
export const PlanQuestion = Type.Object(
  {
    /** Known or assumed rate per migration; leave out when unknown. */
    rate: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    /** What has been seen so far; bugchecks need migrations. */
    bugchecks: Type.Optional(CountOf),
    migrations: Type.Optional(CountOf),
    probability: Type.Optional(Type.Number({ minimum: 0, exclusiveMaximum: 1 })),
    /** How many migrations one is prepared to run; answers the rate they would find. */
    budget: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
    migrationsPerHour: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1e9 })),
    hoursPerNight: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 24 })),
  },
  strict,
);
export type PlanQuestion = Static<typeof PlanQuestion>;

/** A number of migrations and what it costs at the given pace. */
export const MigrationsView = Type.Object({
  migrations: Extended,
  hours: nullable(Extended),
  nights: nullable(Extended),
});
export type MigrationsView = Static<typeof MigrationsView>;

export const PlanAnswer = Type.Object({
  probability: Type.Number(),
  /** As asked; null when they were not. */
  rate: nullable(Type.Number()),
  bugchecks: nullable(Type.Integer()),
  migrations: nullable(Type.Integer()),
  migrationsPerHour: nullable(Type.Number()),
  hoursPerNight: nullable(Type.Number()),
  /** The rate that `budget` migrations find with `probability`; null without a budget. */
  detectableRate: nullable(Type.Number()),
  budget: nullable(MigrationsView),
  /** At the given rate, or at bugchecks / migrations; null when neither is known. */
  plugIn: nullable(MigrationsView),
  /** Averaged over the rates that the counts leave possible: the headline; null without counts. */
  predictive: nullable(MigrationsView),
  /** At the anytime lower bound of the rate; "Infinity": no finite guarantee; null without counts. */
  cautious: nullable(MigrationsView),
  /** 80 % prediction interval of the migrations to the next bugcheck; null without a bugcheck. */
  nextBugcheck: nullable(Type.Object({ lower: Extended, upper: Extended })),
  sentence: Type.String(),
});
export type PlanAnswer = Static<typeof PlanAnswer>;

/** `GET /campaigns/{id}/plan`: where the campaign stands and what is left. */
export const CampaignEtaView = Type.Object({
  campaignId: Uuid,
  exposures: Type.Integer(),
  bugchecks: Type.Integer(),
  /** Counted exposures per hour of running time; null before the first. */
  exposuresPerHour: nullable(Type.Number()),
  hoursPerNight: nullable(Type.Number()),
  toNextBugcheck: PlanAnswer,
  /** Exposures until the verdict at the present pace of evidence; null when none is sought. */
  toVerdict: nullable(MigrationsView),
  /** Attempts left by `attemptsMax`; null when unlimited. */
  attemptsLeft: nullable(Type.Integer()),
  sentence: Type.String(),
});
export type CampaignEtaView = Static<typeof CampaignEtaView>;

const ArmReference = Type.Object({ campaignId: Uuid, arm: Name }, strict);

/** `POST /comparisons` */
export const NewComparison = Type.Object(
  {
    baseline: ArmReference,
    candidate: ArmReference,
    alpha: Type.Optional(Alpha),
    effectivenessTarget: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
    /** null: the bucket with the most bugchecks in both arms. */
    bucketId: Type.Optional(nullable(Uuid)),
    /** A plan registered on this baseline before the candidate's campaign was created. */
    serialPlanId: Type.Optional(nullable(Uuid)),
  },
  strict,
);
export type NewComparison = Static<typeof NewComparison>;

export const ComparisonView = Type.Object({
  id: Uuid,
  createdAt: Timestamp,
  baseline: ArmReference,
  candidate: ArmReference,
  alpha: Type.Number(),
  effectivenessTarget: Type.Number(),
  ...Type.Pick(VerdictView, [
    'state',
    'rateRatio',
    'effectiveness',
    'pValue',
    'eValue',
    'cleanNeeded',
    'sentence',
  ]).properties,
  verdict: VerdictView,
});
export type ComparisonView = Static<typeof ComparisonView>;

/** `POST /serial-plans`: fixes the candidate's migrations before it starts. */
export const NewSerialPlan = Type.Object(
  {
    /** An arm of a campaign, or counts from anywhere. */
    baseline: Type.Union([
      Type.Object({ campaignId: Uuid, arm: Name, bucketId: Type.Optional(nullable(Uuid)) }, strict),
      Counts,
    ]),
    alpha: Type.Optional(Alpha),
    /** What is to be shown: 1 "lower", 0.1 "at least 90 % effective". */
    rateRatioMax: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1 })),
    /** Bugchecks of the candidate that do not yet spoil the plan. */
    allowed: Type.Optional(Type.Integer({ minimum: 0, maximum: 1000 })),
    /** Splits alpha 0.7/0.2/0.1 over 0, 1 and 2 bugchecks; excludes `allowed`. */
    secondChances: Type.Optional(Type.Boolean()),
  },
  strict,
);
export type NewSerialPlan = Static<typeof NewSerialPlan>;

export const SerialPlanView = Type.Object({
  id: Uuid,
  registeredAt: Timestamp,
  baseline: Type.Object({
    campaignId: nullable(Uuid),
    arm: nullable(Name),
    bucketId: nullable(Uuid),
    bugchecks: Type.Integer(),
    migrations: Type.Integer(),
  }),
  alpha: Type.Number(),
  rateRatioMax: Type.Number(),
  stages: Type.Array(SerialPlanStage),
  state: literals(serialPlanStates),
  /** The campaign that executes it; null while none does. A plan serves one campaign. */
  candidateCampaignId: nullable(Uuid),
  sentence: Type.String(),
});
export type SerialPlanView = Static<typeof SerialPlanView>;

const ChartPoint = Type.Object({
  exposures: Type.Integer(),
  bugchecks: Type.Integer(),
  estimate: nullable(Type.Number()),
  lower: Type.Number(),
  upper: Type.Number(),
});

/** `GET /campaigns/{id}/series`: at most 500 points a line; the last is the present. */
export const SeriesView = Type.Object({
  campaignId: Uuid,
  alpha: Type.Number(),
  bucketId: nullable(Uuid),
  /** Anytime band of each arm's rate over its own exposures. */
  arms: Type.Array(Type.Object({ name: Name, points: Type.Array(ChartPoint) })),
  /** Log e-value over the exposures of both arms; decided at or above `logDecision`. */
  evidence: nullable(
    Type.Object({
      logDecision: Type.Number(),
      points: Type.Array(Type.Object({ exposures: Type.Integer(), logEValue: Type.Number() })),
    }),
  ),
  /** Counted bugchecks in order (at most the last 500), at the exposures of all arms together. */
  bugchecks: Type.Array(
    Type.Object({
      exposures: Type.Integer(),
      arm: Name,
      attemptId: Uuid,
      bucketId: nullable(Uuid),
      at: Timestamp,
    }),
  ),
});
export type SeriesView = Static<typeof SeriesView>;

export const factorNames = [
  'diskFormat',
  'scsiDisks',
  'load',
  'hostPair',
  'direction',
  'guestOs',
  'processorCompatibility',
] as const;
export type FactorName = (typeof factorNames)[number];

export const FactorLevelView = Type.Object({
  level: Type.String(),
  exposures: Type.Integer(),
  bugchecks: Type.Integer(),
  rate: Type.Object({ estimate: nullable(Type.Number()), anytime: RateInterval }),
  /** This level against the rest, the other factors held still; null below 5 bugchecks. */
  rateRatio: nullable(
    Type.Object({ estimate: nullable(Extended), exact: RatioInterval, bonferroni: RatioInterval }),
  ),
  /** Two-sided exact p-value, and the same after Holm over all comparisons; null below 5. */
  pValue: nullable(Type.Number()),
  pHolm: nullable(Type.Number()),
  /** False when the other factors could not be held still: they moved together with this one. */
  adjusted: Type.Boolean(),
  /** True when the Bonferroni interval excludes 1. */
  suspect: Type.Boolean(),
});
export type FactorLevelView = Static<typeof FactorLevelView>;

/** `GET /campaigns/{id}/factors[?bucketId=]` */
export const FactorsView = Type.Object({
  campaignId: Uuid,
  bucketId: nullable(Uuid),
  alpha: Type.Number(),
  exposures: Type.Integer(),
  bugchecks: Type.Integer(),
  method: literals(['counts-only', 'exact', 'exact-and-firth']),
  factors: Type.Array(
    Type.Object({ factor: literals(factorNames), levels: Type.Array(FactorLevelView) }),
  ),
  /** All factors at once, penalised; null below 3 bugchecks a coefficient. */
  firth: nullable(
    Type.Array(
      Type.Object({
        factor: literals(factorNames),
        level: Type.String(),
        rateRatio: Type.Number(),
        lower: Type.Number(),
        upper: Extended,
      }),
    ),
  ),
  /** One row a VM: the matrix of rates; `share` is its part of the slots under adaptive allocation. */
  configurations: Type.Array(
    Type.Object({
      vm: Name,
      exposures: Type.Integer(),
      bugchecks: Type.Integer(),
      rate: Type.Object({ estimate: nullable(Type.Number()), anytime: RateInterval }),
      levels: Type.Record(Type.String(), Type.String()),
      share: nullable(Type.Number()),
    }),
  ),
  /** Equal weight on every VM; a pooled rate would follow the allocation, not the product. */
  standardisedRate: nullable(
    Type.Object({ estimate: nullable(Type.Number()), anytime: RateInterval }),
  ),
  /**
   * How much the bugchecks cluster on VMs: the variance over what a constant rate gives, at least 1,
   * and the exact interval of the pooled rate widened by it. null below 3 bugchecks or 2 VMs.
   */
  clustering: nullable(Type.Object({ designEffect: Type.Number(), rate: RateInterval })),
  /** Factors that always moved together and cannot be told apart, in words. */
  warnings: Type.Array(Type.String()),
  sentence: Type.String(),
});
export type FactorsView = Static<typeof FactorsView>;

/** `GET /campaigns/{id}/verdicts`: one per signature, most bugchecks first. */
export const VerdictsView = Type.Object({ items: Type.Array(VerdictView) });
export type VerdictsView = Static<typeof VerdictsView>;
