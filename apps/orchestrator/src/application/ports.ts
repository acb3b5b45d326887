import type { AttemptJob } from '@gauntlet/shared/contracts/attempt-job';
import type {
  AttemptReport,
  BugcheckPayload,
  EvidencePayload,
} from '@gauntlet/shared/contracts/attempt-report';
import type { AttemptQuery } from '@gauntlet/shared/contracts/attempts';
import type { ControlReply, ControlRequest } from '@gauntlet/shared/contracts/worker-messages';
import type { BucketStatus } from '@gauntlet/shared/domain/bucket';
import type { AttemptPhase } from '@gauntlet/shared/domain/bugcheck';
import type { CampaignState } from '@gauntlet/shared/domain/campaign';
import type { Inventory } from '@gauntlet/shared/domain/inventory';
import type { Outcome } from '@gauntlet/shared/domain/outcome';
import type { Instant } from '@gauntlet/shared/kernel/instant';
import type { AnalysisStore } from './analysis/ports.ts';
import type { NotificationStore } from './notify/ports.ts';
import type {
  CampaignBefore,
  CampaignRecord,
  ClusterHead,
  ClusterRecord,
  NewAttempt,
  OpenAttempt,
  PlacementRecord,
  PlanCursor,
  Settlement,
  TallyRow,
} from './records.ts';
import type { ReportStore } from './report/ports.ts';
import type { RetentionStore } from './retention/ports.ts';
import type { ScheduleStore } from './schedules/schedule-record.ts';
import type { CampaignEvent, Page, PageRequest } from './use-cases.ts';

export interface ClusterStore {
  insert(cluster: ClusterRecord): Promise<void>;
  find(id: string): Promise<ClusterRecord | undefined>;
  findByName(name: string): Promise<ClusterRecord | undefined>;
  /** Like `find`, and holds every other planner and settler of this cluster back. */
  lock(id: string): Promise<ClusterHead | undefined>;
  listAll(): Promise<ClusterRecord[]>;
  list(page: PageRequest): Promise<Page<ClusterRecord>>;
  update(
    id: string,
    change: Partial<Pick<ClusterRecord, 'name' | 'options' | 'revision' | 'stoppedAt'>>,
  ): Promise<void>;
  delete(id: string): Promise<void>;
  saveInventory(id: string, inventory: Inventory): Promise<void>;
  readInventory(id: string): Promise<Inventory | undefined>;
}

export interface PlacementStore {
  list(clusterId: string): Promise<PlacementRecord[]>;
  save(clusterId: string, placements: readonly PlacementRecord[]): Promise<void>;
}

export interface CampaignStore {
  insert(campaign: CampaignRecord): Promise<void>;
  find(id: string): Promise<CampaignRecord | undefined>;
  list(
    filter: { state?: CampaignState | undefined },
    page: PageRequest,
  ): Promise<Page<CampaignRecord>>;
  listActive(clusterId: string): Promise<CampaignRecord[]>;
  /** Clusters with at least one campaign that is not over. */
  listActiveClusterIds(): Promise<string[]>;
  countOf(clusterId: string): Promise<number>;
  update(
    id: string,
    change: Partial<
      Pick<
        CampaignRecord,
        | 'state'
        | 'blockedBecause'
        | 'startedAt'
        | 'endedAt'
        | 'endReason'
        | 'failedInARow'
        | 'safety'
        | 'recentAttemptMs'
        | 'runningMs'
        | 'runningSince'
      >
    > & { cursor?: PlanCursor; lastBugcheckId?: string },
  ): Promise<void>;
  saveBefore(id: string, before: CampaignBefore): Promise<void>;
  /** undefined for campaigns older than this. */
  readBefore(id: string): Promise<CampaignBefore | undefined>;
  readTallies(id: string): Promise<TallyRow[]>;
  /** Mean ms from start to settling over the cluster's last attempts; null when there are none. */
  readMeanAttemptMs(clusterId: string): Promise<number | null>;
  addTallies(rows: readonly (TallyRow & { campaignId: string })[]): Promise<void>;
  /** Bugchecks per bucket, largest first; at most `limit`. */
  readBuckets(id: string, limit: number): Promise<{ bucketId: string; bugchecks: number }[]>;
}

/** What lists show of an attempt: each page is read whole, so nothing heavy. */
export interface ListedAttempt extends NewAttempt {
  readonly state: OpenAttempt['state'];
  readonly outcome: Outcome | null;
  readonly reason: string | null;
  readonly queuedAt: Instant | null;
  readonly startedAt: Instant | null;
  readonly settledAt: Instant | null;
  readonly phases: {
    readonly queueMs: number | null;
    readonly copyMs: number | null;
    readonly blackoutMs: number | null;
    readonly settleMs: number | null;
    readonly recoveryMs: number | null;
  };
  readonly worker: string | null;
  readonly bugcheckId: string | null;
  readonly fingerprintMatches: boolean | null;
}

export interface StoredAttempt extends ListedAttempt {
  readonly fingerprintHash: string | null;
  readonly failure: unknown;
  readonly fault: unknown;
  readonly timeline: unknown;
}

export interface AttemptStore {
  insert(attempts: readonly NewAttempt[]): Promise<void>;
  /** planned -> queued. Ignores attempts that are already further. */
  markQueued(queued: readonly { readonly id: string; readonly at: Instant }[]): Promise<void>;
  /** queued -> planned: its job was taken off the queue again. */
  markPlanned(ids: readonly string[]): Promise<void>;
  /** queued -> running, as seen in a worker's heartbeat. */
  markRunning(ids: readonly string[], worker: string, at: Instant): Promise<void>;
  listInFlight(clusterId: string): Promise<OpenAttempt[]>;
  countInFlight(campaignId: string): Promise<number>;
  countAllInFlight(): Promise<number>;
  settle(settlements: readonly Settlement[]): Promise<void>;
  find(id: string): Promise<StoredAttempt | undefined>;
  findMany(ids: readonly string[]): Promise<StoredAttempt[]>;
  /** Keeps the bugcheck and the report of an attempt whose VM is still being brought back. */
  noteAhead(settlement: Settlement): Promise<void>;
  /** What `noteAhead` kept, by attempt, of those that are not settled. */
  readAhead(ids: readonly string[]): Promise<ReadonlyMap<string, AttemptReport>>;
  /** Those of the given attempts that are not settled. */
  findOpen(ids: readonly string[]): Promise<OpenAttempt[]>;
  list(
    campaignId: string,
    filter: {
      [Key in 'outcome' | 'vm' | 'host' | 'order']?: AttemptQuery[Key] | undefined;
    } & { arm?: number | undefined },
    page: PageRequest,
  ): Promise<Page<ListedAttempt>>;
  saveFingerprints(rows: readonly { hash: string; content: unknown }[]): Promise<void>;
  readFingerprint(hash: string): Promise<unknown>;
}

export interface BucketRecord {
  readonly id: string;
  readonly key: string;
  readonly title: string;
  readonly status: BucketStatus;
  readonly note: string | null;
  readonly knownIssue: string | null;
  readonly bugchecks: number;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  /** Where its bugchecks went by hand; null for a bucket of its own. */
  readonly mergedInto: string | null;
}

export interface BucketPlace {
  readonly bucketId: string;
  readonly campaignId: string;
  readonly campaignName: string;
  readonly arm: string;
  readonly bugchecks: number;
  /** Of that arm, whatever they found. */
  readonly exposures: number;
}

export interface NewBugcheck {
  readonly id: string;
  readonly attemptId: string;
  readonly campaignId: string;
  readonly bucketId: string;
  readonly arm: number;
  /** True when its attempt is an exposure of its arm. */
  readonly counted: boolean;
  readonly vmName: string;
  readonly knownIssue: string | null;
  /** The key of the bucket it would be in by itself; null in rows of older versions. */
  readonly signature: string | null;
  readonly facts: BugcheckPayload;
}

export interface StoredEvidence {
  readonly attemptId: string;
  readonly kind: EvidencePayload['kind'];
  readonly name: string;
  readonly contentType: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

export interface BugcheckStore {
  /** The bucket with this key, made when new, with one more bugcheck in it. */
  countInBucket(
    bucket: Omit<BucketRecord, 'bugchecks' | 'note' | 'status' | 'mergedInto'>,
  ): Promise<string>;
  countInCampaign(row: { campaignId: string; arm: number; bucketId: string }): Promise<void>;
  insert(bugcheck: NewBugcheck): Promise<void>;
  insertEvidence(evidence: readonly StoredEvidence[]): Promise<void>;
  /** The bucket of each of these bugchecks, by bugcheck. */
  readBucketIds(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  find(id: string): Promise<NewBugcheck | undefined>;
  list(
    filter: { campaignId?: string | undefined; bucketId?: string | undefined },
    page: PageRequest,
  ): Promise<Page<NewBugcheck>>;
  readEvidence(attemptIds: readonly string[]): Promise<StoredEvidence[]>;
  findEvidence(sha256: string): Promise<StoredEvidence | undefined>;
  findBucket(id: string): Promise<BucketRecord | undefined>;
  listBuckets(page: PageRequest): Promise<Page<BucketRecord>>;
  /** In which arms of which campaigns each bucket was seen, most bugchecks first. */
  readPlaces(bucketIds: readonly string[]): Promise<BucketPlace[]>;
  /** On which VMs a bucket was seen, most bugchecks first. */
  readVms(bucketId: string, limit: number): Promise<{ name: string; bugchecks: number }[]>;
  updateBucket(
    id: string,
    change: { status?: BucketStatus | undefined; note?: string | null | undefined },
  ): Promise<void>;
  /** Holds back everybody else who merges, splits or counts in these buckets. */
  lockBuckets(ids: readonly string[]): Promise<void>;
  /** Moves every bugcheck, and all that come later under the key of `from`. */
  mergeBucket(from: string, into: string): Promise<void>;
  /** Makes the bucket and moves these bugchecks of `from` there; resolves with how many. */
  splitBucket(
    from: string,
    bucket: Pick<BucketRecord, 'id' | 'key' | 'title' | 'firstAt' | 'lastAt'>,
    bugcheckIds: readonly string[],
  ): Promise<number>;
  /** Per bucket, the largest share of its bugchecks that have one signature, in (0, 1]. */
  readPurity(ids: readonly string[]): Promise<ReadonlyMap<string, number>>;
}

export interface EventStore {
  append(
    campaignId: string,
    event: Pick<CampaignEvent, 'kind' | 'data'> & { at: Instant },
  ): Promise<void>;
  read(campaignId: string, afterSeq: number, limit: number): Promise<CampaignEvent[]>;
  latestSeq(campaignId: string): Promise<number>;
}

/** Reads for the live view of a cluster; each is bounded. */
export interface LaneStore {
  listInFlight(clusterId: string): Promise<StoredAttempt[]>;
  /** Newest first. */
  listSettledSince(clusterId: string, since: Instant, limit: number): Promise<StoredAttempt[]>;
  /** Those that are not over, and those that ended since. */
  listCampaignsSince(clusterId: string, since: Instant): Promise<CampaignRecord[]>;
  /** Guard trips and changes of state, newest first. */
  listMarksSince(
    campaignIds: readonly string[],
    since: Instant,
    limit: number,
  ): Promise<
    {
      readonly campaignId: string;
      readonly kind: 'guard' | 'state';
      readonly at: Instant;
      readonly data: Readonly<Record<string, unknown>>;
    }[]
  >;
}

export interface Stores {
  readonly clusters: ClusterStore;
  readonly placements: PlacementStore;
  readonly schedules: ScheduleStore;
  readonly campaigns: CampaignStore;
  readonly attempts: AttemptStore;
  readonly bugchecks: BugcheckStore;
  readonly events: EventStore;
  readonly lanes: LaneStore;
  readonly analysis: AnalysisStore;
  readonly reports: ReportStore;
  readonly retention: RetentionStore;
  readonly notifications: NotificationStore;
}

/** One use case, one transaction: everything inside commits together or not at all. */
export type Transact = <Result>(work: (stores: Stores) => Promise<Result>) => Promise<Result>;

export type JobState = 'waiting' | 'active' | 'failed' | 'completed' | 'missing';

export interface AttemptQueue {
  /** Adds each job under its attempt's id; a job already there stays as it is. */
  add(jobs: readonly AttemptJob[]): Promise<void>;
  /** Takes waiting jobs off the queue; resolves with the attempts that were still waiting. */
  withdraw(clusterId: string, attemptIds: readonly string[]): Promise<string[]>;
  state(
    clusterId: string,
    attemptId: string,
  ): Promise<{ state: JobState; workerId: string | null }>;
  /** Forgets a failed job, so that its place is free. */
  forget(clusterId: string, attemptId: string): Promise<void>;
  /** Waiting jobs on all of these clusters. */
  depth(clusterIds: readonly string[]): Promise<number>;
  /** The attempts whose report waits to be settled. */
  reported(): Promise<ReadonlySet<string>>;
}

/** What the application says of itself; a child of the process's logger. */
export interface Log {
  debug(data: object, message: string): void;
  info(data: object, message: string): void;
  warn(data: object, message: string): void;
  error(data: object, message: string): void;
}

/** SHA-256 of a text, in hex. */
export type Digest = (text: string) => string;

export interface KnownWorker {
  readonly id: string;
  readonly hostName: string;
  readonly version: string;
  readonly drivers: readonly string[];
  readonly startedAt: Instant;
  readonly lastHeartbeatAt: Instant;
  readonly alive: boolean;
  /** Since it was last heard of, real ms. */
  readonly silentMs: number;
  readonly running: number;
}

/** The workers whose heartbeats arrive here. In memory: after a restart they come in by themselves. */
export interface WorkerRegistry {
  list(): KnownWorker[];
  /** For how long this process has listened, real ms. */
  listeningMs(): number;
  /** Where each attempt stands that a worker has in hands, as its last heartbeat said. */
  phases(): ReadonlyMap<string, AttemptPhase>;
  /**
   * False once a worker has been silent for long enough to be called dead. One never heard of is
   * called dead only when this process has itself listened for that long.
   */
  isAlive(workerId: string): boolean;
}

/** Who may start attempts, and the directory in which workers find their clusters. */
export interface StartPermits {
  /** Forbids starts at once; resolves when no lease of these clusters is valid any more. */
  forbid(clusterIds: readonly string[]): Promise<void>;
  /** Takes `forbid` back; whether starts are allowed is the table's word again. */
  allow(clusterIds: readonly string[]): void;
  /** Something in the table of clusters changed: tell the workers, and renew leases by it. */
  refresh(): Promise<void>;
}

/** What the engine measures of itself. */
export interface Meters {
  settled(outcome: Outcome, attempts: number): void;
  batchSettled(attempts: number, durationMs: number): void;
  dispatched(attempts: number, durationMs: number): void;
}

/** Asks any worker of a cluster something and waits for its answer. */
export interface ControlDesk {
  /** @throws AppError `cluster.silent` when no worker answers in time */
  ask(request: ControlRequest, waitMsMax: number): Promise<ControlReply>;
}

export interface EvidenceFiles {
  put(bytes: Uint8Array, sha256: string): Promise<void>;
  /** undefined when it is not here (it stayed with its worker). */
  read(sha256: string): Promise<Uint8Array | undefined>;
  has(sha256: string): Promise<boolean>;
  /** Free space where evidence is kept, MiB. */
  freeMiB(): Promise<number>;
  /** Hashes that begin with these two hex digits and were last put before a moment. */
  listOlder(prefix: string, before: Instant): Promise<string[]>;
  delete(sha256: string): Promise<void>;
}

/** Who listens for changes of a campaign: event streams and the dispatcher. */
export interface ChangeNotices {
  campaignChanged(campaignId: string): void;
  clusterHasRoom(clusterId: string): void;
}
