import type { AttemptReport } from '@gauntlet/shared/contracts/attempt-report';
import type { CampaignConfig, PreflightCheck } from '@gauntlet/shared/contracts/campaigns';
import type { Action, AttemptState } from '@gauntlet/shared/domain/attempt';
import type { CampaignState } from '@gauntlet/shared/domain/campaign';
import type { DriverName } from '@gauntlet/shared/domain/inventory';
import type { Outcome } from '@gauntlet/shared/domain/outcome';
import type { Instant } from '@gauntlet/shared/kernel/instant';

export interface ClusterRecord {
  readonly id: string;
  readonly name: string;
  readonly driver: DriverName;
  readonly options: Readonly<Record<string, unknown>>;
  readonly revision: number;
  readonly createdAt: Instant;
  readonly stoppedAt: Instant | null;
}

/** What each settled batch reads of its cluster: the options may be long, and nobody asks there. */
export type ClusterHead = Omit<ClusterRecord, 'options'>;

/** The VMs and hosts of a campaign, frozen when it starts. */
export interface CampaignPlan {
  readonly arms: readonly { readonly name: string; readonly vms: readonly PlannedVm[] }[];
  /** In the order of the inventory; the placement policies walk along it. */
  readonly hosts: readonly string[];
}

export interface PlannedVm {
  readonly id: string;
  readonly name: string;
  /** The host it ran on when the campaign started. */
  readonly home: string;
  /** What may raise its rate, as levels of factors; absent in plans made before there were any. */
  readonly traits?: Readonly<Record<string, string>>;
}

/**
 * Which ordinals have been planned: all below `next`, and those listed in `ahead`.
 * Ordinals are planned a little out of order, because a busy VM must not hold up the others.
 */
export interface PlanCursor {
  readonly next: number;
  readonly ahead: readonly number[];
  readonly planned: number;
  /** Ordinals passed over because their VM is out of service. */
  readonly skipped: number;
}

export interface CampaignRecord {
  readonly id: string;
  readonly name: string;
  readonly clusterId: string;
  readonly state: CampaignState;
  readonly blockedBecause: string | null;
  readonly createdAt: Instant;
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
  readonly endReason: string | null;
  readonly config: CampaignConfig;
  readonly plan: CampaignPlan;
  readonly cursor: PlanCursor;
  readonly failedInARow: number;
  readonly lastBugcheckId: string | null;
  readonly safety: CampaignSafety;
  /** What its last attempts took, ms, oldest first; kept only where windows need it. */
  readonly recentAttemptMs: readonly number[];
  /** How long it was `running`, up to the last change of its state. */
  readonly runningMs: number;
  /** Since when it is `running`; null when it is not. */
  readonly runningSince: Instant | null;
  /** When it ends whatever its stop rules say: a schedule's `durationMinutes`. */
  readonly endsAt: Instant | null;
  readonly scheduleId: string | null;
}

export interface GuardTrip {
  readonly guard: string;
  /** null when the guard tripped because its data could not be had. */
  readonly value: number | null;
  readonly limit: number | null;
  /** A sentence for the person who must decide. */
  readonly because: string;
}

/** What a person has seen and answered for by resuming. */
export interface Acknowledged {
  /** Per guard, the value it tripped at: it trips again only above it. */
  readonly values: Readonly<Record<string, number>>;
  readonly failed: number;
  readonly ran: number;
}

export interface CampaignSafety {
  readonly trip?: (GuardTrip & { readonly at: Instant }) | null;
  readonly acknowledged?: Acknowledged;
  readonly preflight?: readonly PreflightCheck[];
  /** Verdicts people were told of, as bucket and state: each once. */
  readonly verdictsTold?: readonly string[];
  /** Present when they were asked for: the campaign does not exist before they ran. */
  readonly controls?: ControlsRecord;
  readonly putBack?: {
    readonly vms: number;
    readonly differences: readonly string[];
    readonly at: Instant;
  };
}

/** What was seen of a guest that was left alone, crashed and hung on command. */
export interface ControlsRecord {
  readonly vm: string;
  readonly positive: 'seen' | 'missed';
  readonly negative: 'quiet' | 'noisy';
  readonly problems: readonly string[];
  readonly at: Instant;
}

/** How the cluster was before the first attempt. */
export interface CampaignBefore {
  /** The campaign's VMs. */
  readonly vms: readonly VmBefore[];
  /** VMs of other people that ran. */
  readonly outside: readonly { readonly id: string; readonly name: string }[];
}

export interface VmBefore {
  readonly id: string;
  readonly name: string;
  readonly host: string | null;
  readonly settings: Readonly<Record<string, string>>;
}

/** Where the orchestrator believes a VM is. */
export interface PlacementRecord {
  readonly vmId: string;
  readonly vmName: string;
  readonly host: string | null;
  /** False when the VM is dead and left so, or gone: its ordinals are passed over. */
  readonly usable: boolean;
  readonly readyAt: Instant;
  /** How often it has left each host: the rotor of the policy `all-pairs`. */
  readonly departures: Readonly<Record<string, number>>;
}

export interface InFlightAttempt {
  readonly id: string;
  readonly campaignId: string;
  readonly clusterId: string;
  readonly vmId: string;
  readonly source: string;
  readonly target: string;
  readonly state: AttemptState;
  readonly plannedAt: Instant;
}

export interface NewAttempt {
  readonly id: string;
  readonly campaignId: string;
  readonly clusterId: string;
  readonly ordinal: number;
  /** Index into the campaign's arms. */
  readonly arm: number;
  readonly probability: number;
  readonly action: Action;
  readonly vmId: string;
  readonly vmName: string;
  readonly source: string;
  readonly target: string;
  readonly plannedAt: Instant;
}

/** An unsettled attempt with what its settlement must know. */
export interface OpenAttempt extends NewAttempt {
  readonly state: AttemptState;
  /** Of a bugcheck told ahead of the attempt's end; null for nearly all. */
  readonly bugcheckId: string | null;
}

export interface Settlement {
  readonly attempt: OpenAttempt;
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly settledAt: Instant;
  readonly report: AttemptReport | null;
  readonly fingerprintHash: string | null;
  readonly fingerprintMatches: boolean | null;
  /** False when the attempt is no exposure or its fingerprint is not the arm's. */
  readonly counted: boolean;
  readonly bugcheckId: string | null;
  readonly locatedOn: string | null;
}

export interface TallyRow {
  readonly arm: number;
  readonly outcome: Outcome;
  readonly counted: boolean;
  readonly attempts: number;
}
