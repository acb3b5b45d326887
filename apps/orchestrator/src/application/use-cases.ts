import type {
  AttemptDetailView,
  AttemptQuery,
  AttemptView,
} from '@gauntlet/shared/contracts/attempts';
import type {
  BucketChange,
  BucketMerge,
  BucketSplit,
  BucketView,
  BugcheckView,
} from '@gauntlet/shared/contracts/bugchecks';
import type {
  CampaignPlanView,
  CampaignView,
  NewCampaign,
} from '@gauntlet/shared/contracts/campaigns';
import type {
  ClusterChange,
  ClusterView,
  InventoryView,
  KnownIssueView,
  NewCluster,
} from '@gauntlet/shared/contracts/clusters';
import type { LanesView } from '@gauntlet/shared/contracts/lanes';
import type {
  ChannelChange,
  ChannelView,
  DeliveryState,
  DeliveryView,
  NewChannel,
} from '@gauntlet/shared/contracts/notifications';
import type { ReportQuery } from '@gauntlet/shared/contracts/reports';
import type {
  RetentionChange,
  RetentionPreview,
  RetentionRun,
  RetentionView,
} from '@gauntlet/shared/contracts/retention';
import type {
  NewSchedule,
  NextFirings,
  ScheduleChange,
  ScheduleView,
} from '@gauntlet/shared/contracts/schedules';
import type { ReadyView, SystemView } from '@gauntlet/shared/contracts/system';
import type { CampaignState } from '@gauntlet/shared/domain/campaign';
import type { AnalysisUseCases } from './analysis/use-cases.ts';
import type { ReportDocument } from './report/report-document.ts';

export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface Page<Item> {
  readonly items: Item[];
  readonly nextCursor: string | null;
}

/** One entry of a campaign's event stream; `seq` is what `Last-Event-ID` resumes from. */
export interface CampaignEvent {
  readonly seq: number;
  readonly kind: 'attempt-settled' | 'bugcheck' | 'state' | 'guard' | 'verdict';
  /** ISO 8601 UTC. */
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface EvidenceContent {
  readonly contentType: string;
  readonly name: string;
  readonly sizeBytes: number;
  readonly bytes: Uint8Array;
}

/**
 * Everything the HTTP edge can ask for. Each rejects with AppError: `resource.unknown`,
 * `state.conflict`, `request.impossible`, `cluster.silent`.
 */
export interface UseCases extends AnalysisUseCases {
  createCluster(cluster: NewCluster): Promise<ClusterView>;
  listClusters(page: PageRequest): Promise<Page<ClusterView>>;
  getCluster(id: string): Promise<ClusterView>;
  changeCluster(id: string, change: ClusterChange): Promise<ClusterView>;
  deleteCluster(id: string): Promise<void>;
  readInventory(id: string, options: { refresh: boolean }): Promise<InventoryView>;
  readKnownIssues(id: string): Promise<{ items: KnownIssueView[] }>;
  /** The kill switch of one cluster: pauses its campaigns and forbids starts at once. */
  stopCluster(id: string): Promise<ClusterView>;
  /** Takes the kill switch back; paused campaigns stay paused until a person resumes them. */
  releaseCluster(id: string): Promise<ClusterView>;
  stopEverything(): Promise<{ clusters: number; campaigns: number }>;

  startCampaign(campaign: NewCampaign): Promise<CampaignView>;
  planCampaign(campaign: NewCampaign): Promise<CampaignPlanView>;
  listCampaigns(
    filter: { state?: CampaignState | undefined },
    page: PageRequest,
  ): Promise<Page<CampaignView>>;
  getCampaign(id: string): Promise<CampaignView>;
  pauseCampaign(id: string): Promise<CampaignView>;
  resumeCampaign(id: string): Promise<CampaignView>;
  stopCampaign(id: string): Promise<CampaignView>;

  createSchedule(schedule: NewSchedule): Promise<ScheduleView>;
  listSchedules(page: PageRequest): Promise<Page<ScheduleView>>;
  getSchedule(id: string): Promise<ScheduleView>;
  changeSchedule(id: string, change: ScheduleChange): Promise<ScheduleView>;
  deleteSchedule(id: string): Promise<void>;
  /** The next `count` times it fires. */
  previewSchedule(id: string, count: number): Promise<NextFirings>;

  listAttempts(campaignId: string, query: AttemptQuery): Promise<Page<AttemptView>>;
  /** What moves on a cluster now, and what moved in the last minutes. */
  readLanes(clusterId: string): Promise<LanesView>;
  getAttempt(id: string): Promise<AttemptDetailView>;
  /** At most `limit` events after `afterSeq`, in order. */
  readEvents(campaignId: string, afterSeq: number, limit: number): Promise<CampaignEvent[]>;
  /** The `seq` of the newest event of the campaign; 0 when there is none. */
  latestEventSeq(campaignId: string): Promise<number>;

  /** The report in one of its formats, as pieces that are made while they are read. */
  readReport(id: string, query: ReportQuery): Promise<ReportDocument>;

  listBugchecks(
    filter: { campaignId?: string | undefined; bucketId?: string | undefined },
    page: PageRequest,
  ): Promise<Page<BugcheckView>>;
  getBugcheck(id: string): Promise<BugcheckView>;
  listBuckets(page: PageRequest): Promise<Page<BucketView>>;
  getBucket(id: string): Promise<BucketView>;
  changeBucket(id: string, change: BucketChange): Promise<BucketView>;
  /** Resolves with the bucket everything went into. */
  mergeBucket(id: string, merge: BucketMerge): Promise<BucketView>;
  /** Resolves with the new bucket. */
  splitBucket(id: string, split: BucketSplit): Promise<BucketView>;
  readEvidence(sha256: string): Promise<EvidenceContent>;

  createChannel(channel: NewChannel): Promise<ChannelView>;
  listChannels(page: PageRequest): Promise<Page<ChannelView>>;
  getChannel(id: string): Promise<ChannelView>;
  changeChannel(id: string, change: ChannelChange): Promise<ChannelView>;
  deleteChannel(id: string): Promise<void>;
  testChannel(id: string): Promise<DeliveryView>;
  /** Newest first. */
  listDeliveries(
    id: string,
    query: PageRequest & { state?: DeliveryState | undefined },
  ): Promise<Page<DeliveryView>>;

  readRetention(): Promise<RetentionView>;
  changeRetention(change: RetentionChange): Promise<RetentionView>;
  previewRetention(): Promise<RetentionPreview>;
  runRetention(): Promise<RetentionRun>;

  readSystem(): Promise<SystemView>;
  readReadiness(): Promise<ReadyView>;
}

/** Tells the event streams that something of a campaign changed; they read it themselves. */
export interface ChangeFeed {
  /** Calls `onChange` (coalesced by the caller) until the signal aborts. */
  subscribe(campaignId: string, onChange: () => void, signal: AbortSignal): void;
}

/** Remembers answers by Idempotency-Key for a day. */
export interface IdempotencyStore {
  /** The stored answer for this key, or undefined when the key is new. */
  find(key: string): Promise<StoredAnswer | undefined>;
  save(key: string, answer: StoredAnswer): Promise<void>;
}

export interface StoredAnswer {
  /** SHA-256 of method, path and body of the first request. */
  readonly requestHash: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const roles = ['viewer', 'operator', 'admin'] as const;
export type Role = (typeof roles)[number];

/** API keys are stored as SHA-256 only. */
export interface ApiKeyStore {
  /** The role of the key with this hash, or undefined. */
  roleOf(keyHash: string): Promise<Role | undefined>;
  isEmpty(): Promise<boolean>;
}
