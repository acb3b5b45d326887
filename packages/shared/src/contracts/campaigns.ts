import Type, { type Static } from 'typebox';
import { actions } from '../domain/attempt.ts';
import { allocations, campaignStates, placementPolicies } from '../domain/campaign.ts';
import { outcomes } from '../domain/outcome.ts';
import { PlanAnswer } from './analysis.ts';
import { literals, Name, nullable, Timestamp, Uuid } from './primitives.ts';
import { NewVerdictRule, VerdictRule, VerdictView } from './verdict.ts';
import { negativeControls, positiveControls } from './worker-messages.ts';

const strict = { additionalProperties: false };
const Names = Type.Array(Name, { maxItems: 4096 });
const Milliseconds = Type.Integer({ minimum: 0, maximum: 366 * 86_400_000 });
const Count = Type.Integer({ minimum: 1, maximum: 1_000_000_000 });

/** What the hosts and the guest must show for an attempt to count for the arm. */
export const ArmFingerprint = Type.Object(
  {
    hotfixes: Type.Optional(Names),
    hotfixesAbsent: Type.Optional(Names),
    hostFiles: Type.Optional(Type.Record(Type.String(), Name)),
    guestFiles: Type.Optional(Type.Record(Type.String(), Name)),
    settings: Type.Optional(Type.Record(Type.String(), Type.String({ maxLength: 4096 }))),
  },
  strict,
);
export type ArmFingerprint = Static<typeof ArmFingerprint>;

export const NewArm = Type.Object(
  {
    name: Name,
    /** By name, by tag, or both; neither means every VM of the cluster. */
    vms: Type.Optional(
      Type.Object({ names: Type.Optional(Names), tags: Type.Optional(Names) }, strict),
    ),
    probability: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 1 })),
    fingerprint: Type.Optional(nullable(ArmFingerprint)),
  },
  strict,
);
export type NewArm = Static<typeof NewArm>;

export const NewStopRules = Type.Object(
  {
    attemptsMax: Type.Optional(nullable(Count)),
    /** Of running: pauses and the wait for a window do not count. */
    durationMsMax: Type.Optional(nullable(Type.Integer({ minimum: 1 }))),
    /** k bugchecks of the same bucket. */
    bugchecksMin: Type.Optional(nullable(Type.Integer({ minimum: 1, maximum: 1_000_000 }))),
    verdict: Type.Optional(nullable(NewVerdictRule)),
  },
  strict,
);

/** Opens whenever the cron expression comes in its time zone, for so many minutes. */
export const Window = Type.Object(
  {
    cron: Type.String({ minLength: 1, maxLength: 200 }),
    /** IANA, as `Europe/Berlin`. */
    timeZone: Type.String({ minLength: 1, maxLength: 100 }),
    durationMinutes: Type.Integer({ minimum: 1, maximum: 7 * 24 * 60 }),
  },
  strict,
);
export type Window = Static<typeof Window>;

const Windows = Type.Array(Window, { minItems: 1, maxItems: 16 });
/** Days, in each window's own time zone, on which no attempt starts. */
const BlackoutDates = Type.Array(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$' }), {
  maxItems: 400,
});

const controlsWhen = ['off', 'at-start'] as const;

export const NewCampaign = Type.Object(
  {
    name: Name,
    clusterId: Uuid,
    action: Type.Optional(literals(actions)),
    arms: Type.Optional(Type.Array(NewArm, { minItems: 1, maxItems: 16 })),
    placement: Type.Optional(
      Type.Object(
        {
          policy: Type.Optional(literals(placementPolicies)),
          hosts: Type.Optional(nullable(Type.Array(Name, { minItems: 1, maxItems: 1024 }))),
          /** `thompson` sends more attempts to the VMs that bugcheck most: one arm, hunting only. */
          allocation: Type.Optional(literals(allocations)),
        },
        strict,
      ),
    ),
    limits: Type.Optional(
      Type.Object(
        {
          concurrency: Type.Optional(Type.Integer({ minimum: 1, maximum: 1024 })),
          outboundPerHost: Type.Optional(Type.Integer({ minimum: 1, maximum: 1024 })),
          inboundPerHost: Type.Optional(Type.Integer({ minimum: 1, maximum: 1024 })),
          cooldownMs: Type.Optional(Milliseconds),
        },
        strict,
      ),
    ),
    load: Type.Optional(Type.Object({ profile: Name }, strict)),
    settleMs: Type.Optional(Milliseconds),
    attemptTimeoutMs: Type.Optional(Type.Integer({ minimum: 1, maximum: 86_400_000 })),
    stop: NewStopRules,
    guards: Type.Optional(
      Type.Object(
        {
          migrationFailedShareMax: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
          consecutiveMigrationFailedMax: Type.Optional(Count),
          unhealthyVmsMax: Type.Optional(Type.Integer({ minimum: 0, maximum: 16384 })),
          /** Of the campaign's hosts; half of them down trips at any limit. */
          hostsDownMax: Type.Optional(Type.Integer({ minimum: 0, maximum: 1024 })),
          /** VMs of other people that ran at the start and do not run any more. */
          outsideVmsUnhealthyMax: Type.Optional(Type.Integer({ minimum: 0, maximum: 16384 })),
          /** Free space where evidence is kept. */
          evidenceFreeMiBMin: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 ** 40 })),
          /** So long may no worker of the cluster be heard of. */
          workerSilentMsMax: Type.Optional(Type.Integer({ minimum: 1_000, maximum: 86_400_000 })),
        },
        strict,
      ),
    ),
    onBugcheck: Type.Optional(literals(['recover-vm', 'leave-vm'])),
    /** Attempts start only inside these; null: at any time. */
    windows: Type.Optional(nullable(Windows)),
    blackoutDates: Type.Optional(BlackoutDates),
    /** `at-start`: crash and hang one guest on command first, to show that it would be noticed. */
    controls: Type.Optional(literals(controlsWhen)),
    seed: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  },
  strict,
);
export type NewCampaign = Static<typeof NewCampaign>;

/** A campaign's whole configuration: what was asked, with every default written out. */
export const CampaignConfig = Type.Object({
  name: Name,
  clusterId: Uuid,
  action: literals(actions),
  arms: Type.Array(
    Type.Object({
      name: Name,
      vms: Type.Object({ names: Names, tags: Names }),
      probability: Type.Number(),
      fingerprint: nullable(ArmFingerprint),
    }),
  ),
  placement: Type.Object({
    policy: literals(placementPolicies),
    hosts: nullable(Type.Array(Name)),
    allocation: literals(allocations),
  }),
  limits: Type.Object({
    concurrency: Type.Integer(),
    outboundPerHost: Type.Integer(),
    inboundPerHost: Type.Integer(),
    cooldownMs: Type.Integer(),
  }),
  load: Type.Object({ profile: Name }),
  settleMs: Type.Integer(),
  attemptTimeoutMs: Type.Integer(),
  stop: Type.Object({
    attemptsMax: nullable(Type.Integer()),
    durationMsMax: nullable(Type.Integer()),
    bugchecksMin: nullable(Type.Integer()),
    verdict: nullable(VerdictRule),
  }),
  guards: Type.Object({
    migrationFailedShareMax: Type.Number(),
    consecutiveMigrationFailedMax: Type.Integer(),
    unhealthyVmsMax: Type.Integer(),
    hostsDownMax: Type.Integer(),
    outsideVmsUnhealthyMax: Type.Integer(),
    evidenceFreeMiBMin: Type.Integer(),
    workerSilentMsMax: Type.Integer(),
  }),
  onBugcheck: literals(['recover-vm', 'leave-vm']),
  windows: nullable(Windows),
  blackoutDates: BlackoutDates,
  /** Absent in campaigns stored before there was a choice: `off`. */
  controls: Type.Optional(literals(controlsWhen)),
  seed: Type.Integer(),
});
export type CampaignConfig = Static<typeof CampaignConfig>;

const Interval = Type.Object({ lower: Type.Number(), upper: Type.Number() });
export const OutcomeCounts = Type.Object(
  Object.fromEntries(outcomes.map((outcome) => [outcome, Type.Integer()])) as Record<
    (typeof outcomes)[number],
    Type.TInteger
  >,
);
export type OutcomeCounts = Static<typeof OutcomeCounts>;

export const ArmView = Type.Object({
  name: Name,
  exposures: Type.Integer(),
  bugchecks: Type.Integer(),
  /** Attempts whose fingerprint was not what the arm declares: kept, shown, never counted. */
  fingerprintMismatches: Type.Integer(),
  outcomes: OutcomeCounts,
  /** Bugchecks per exposure; intervals at alpha = 0.05. */
  rate: Type.Object({
    estimate: nullable(Type.Number()),
    exact: Interval,
    anytime: Interval,
  }),
});
export type ArmView = Static<typeof ArmView>;

/** What was found right before the first attempt could start. */
export const PreflightCheck = Type.Object({
  check: literals(['hosts-up', 'majority-up', 'one-host-less', 'vms-healthy', 'evidence-space']),
  ok: Type.Boolean(),
  detail: Type.String(),
});
export type PreflightCheck = Static<typeof PreflightCheck>;

export const GuardTripView = Type.Object({
  guard: Type.String(),
  /** null: it tripped because its data could not be had. */
  value: nullable(Type.Number()),
  limit: nullable(Type.Number()),
  because: Type.String(),
  at: Timestamp,
});

export const PutBackView = Type.Object({
  /** VMs that had to go home. */
  vms: Type.Integer(),
  /** What is not as it was before the first attempt, a sentence each. */
  differences: Type.Array(Type.String()),
  at: Timestamp,
});

/** What the controls showed that ran before the first attempt; they are no attempts. */
export const ControlsView = Type.Object({
  vm: Name,
  /** `seen`: a panic and a hang on command were told for what they are. */
  positive: literals(positiveControls),
  /** `quiet`: a guest that nobody touched gave no finding. */
  negative: literals(negativeControls),
  /** What did not go as it should, a sentence each. */
  problems: Type.Array(Type.String()),
  at: Timestamp,
});

/**
 * Was it ever seen that a crash is noticed? `seen-on-command`: by the controls. `seen-in-campaign`:
 * a bugcheck was found. `not-seen`: a zero of this campaign is unproven.
 */
export const noticings = ['seen-on-command', 'seen-in-campaign', 'not-seen'] as const;

export const CampaignView = Type.Object({
  id: Uuid,
  name: Name,
  state: literals(campaignStates),
  /** Why nothing starts although the campaign is running, paused or waiting; null otherwise. */
  blockedBecause: nullable(Type.String()),
  createdAt: Timestamp,
  startedAt: nullable(Timestamp),
  endedAt: nullable(Timestamp),
  /** Which rule, or who, ended it; null while it is not ending. */
  endReason: nullable(Type.String()),
  config: CampaignConfig,
  progress: Type.Object({
    attemptsPlanned: Type.Integer(),
    attemptsSettled: Type.Integer(),
    inFlight: Type.Integer(),
    /** Settled attempts per hour in which it ran; null before the first. */
    perHour: nullable(Type.Number()),
    /** When its first stop rule should hold, by that pace inside its windows; null when paused. */
    etaAt: nullable(Timestamp),
    outcomes: OutcomeCounts,
  }),
  arms: Type.Array(ArmView),
  /** About the rule's bucket, or the one with the most bugchecks; null before it is known. */
  verdict: nullable(VerdictView),
  lastBugcheck: nullable(
    Type.Object({ id: Uuid, occurredAt: Timestamp, bucketId: Uuid, title: Type.String() }),
  ),
  /** The guard that paused it; null once a person resumed. */
  guardTrip: Type.Optional(nullable(GuardTripView)),
  preflight: Type.Optional(Type.Array(PreflightCheck)),
  /** null when they were not asked for. */
  controls: Type.Optional(nullable(ControlsView)),
  positiveControl: Type.Optional(literals(noticings)),
  /** null until its VMs went home. */
  putBack: Type.Optional(nullable(PutBackView)),
  /** The schedule that started it. */
  scheduleId: Type.Optional(nullable(Uuid)),
});
export type CampaignView = Static<typeof CampaignView>;

/** `POST /campaigns?dryRun=true`: what would run. */
export const CampaignPlanView = Type.Object({
  config: CampaignConfig,
  arms: Type.Array(Type.Object({ name: Name, vms: Names })),
  hostPairs: Type.Array(Type.Object({ source: Name, target: Name })),
  /** Migrations that may run at once, after every cap. */
  concurrency: Type.Integer(),
  caps: Type.Array(Type.Object({ host: Name, migrationsMax: nullable(Type.Integer()) })),
  attemptsMax: nullable(Type.Integer()),
  /** null when neither a measured duration nor a fixed number of attempts is known. */
  expectedDurationMs: nullable(Type.Number()),
  /** Which rate `attemptsMax` attempts find, and in how many hours; null without `attemptsMax`. */
  forecast: nullable(PlanAnswer),
  warnings: Type.Array(Type.String()),
  /** One that is not ok would refuse the start. */
  checks: Type.Optional(Type.Array(PreflightCheck)),
});
export type CampaignPlanView = Static<typeof CampaignPlanView>;
