import type {
  ChannelChange,
  ChannelKind,
  DeliveryKind,
  DeliveryState,
  DigestTime,
  Notice,
  NoticeKind,
} from '@gauntlet/shared/contracts/notifications';
import type { Instant } from '@gauntlet/shared/kernel/instant';
import type { Page, PageRequest } from '../use-cases.ts';

export interface ChannelRecord {
  readonly id: string;
  readonly name: string;
  readonly kind: ChannelKind;
  readonly url: string | null;
  readonly secretRef: string | null;
  readonly to: readonly string[] | null;
  readonly notices: readonly NoticeKind[];
  readonly digest: DigestTime | null;
  readonly enabled: boolean;
  readonly createdAt: Instant;
  /** Local day of the last digest, `2026-11-24`; null before the first. */
  readonly digestDay: string | null;
  readonly digestMadeAt: Instant | null;
}

/** An event that somebody may want to hear of. */
export interface OutboxEntry {
  readonly seq: number;
  readonly campaignId: string;
  readonly kind: 'bugcheck' | 'guard' | 'state' | 'verdict';
  readonly at: Instant;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface DeliveryRecord {
  readonly id: string;
  readonly channelId: string;
  readonly eventId: string;
  readonly kind: DeliveryKind;
  readonly notice: Notice;
  readonly state: DeliveryState;
  readonly tries: number;
  readonly createdAt: Instant;
  readonly lastTriedAt: Instant | null;
  readonly statusCode: number | null;
  readonly error: string | null;
}

export interface DigestFacts {
  /** Campaigns that were open at some time since, newest first. */
  readonly campaignIds: readonly string[];
  readonly bugchecks: readonly {
    readonly bucketId: string;
    readonly title: string;
    readonly bugchecks: number;
  }[];
  readonly guardTrips: readonly {
    readonly campaignId: string;
    readonly at: Instant;
    readonly because: string;
  }[];
}

export interface NotificationStore {
  insertChannel(channel: ChannelRecord): Promise<void>;
  findChannel(id: string): Promise<ChannelRecord | undefined>;
  listChannels(page: PageRequest): Promise<Page<ChannelRecord>>;
  /** At most 1,000. */
  listEnabled(): Promise<ChannelRecord[]>;
  updateChannel(id: string, change: ChannelChange): Promise<void>;
  deleteChannel(id: string): Promise<void>;
  noteDigest(id: string, day: string, at: Instant): Promise<void>;
  readDigestFacts(since: Instant, until: Instant): Promise<DigestFacts>;
  /** Takes the oldest entries out; what the transaction makes of them commits with that. */
  takeOutbox(limit: number): Promise<OutboxEntry[]>;
  /** True when no bugcheck of this bucket came before this one, in any campaign. */
  isFirstOfBucket(bucketId: string, bugcheckId: string): Promise<boolean>;
  /** Those with an event that their channel knows already are left out. */
  insertDeliveries(deliveries: readonly DeliveryRecord[]): Promise<void>;
  findDelivery(id: string): Promise<DeliveryRecord | undefined>;
  listDeliveries(
    channelId: string,
    filter: { state?: DeliveryState | undefined },
    page: PageRequest,
  ): Promise<Page<DeliveryRecord>>;
  /** The oldest pending ones, by id after `afterId`. */
  listPending(limit: number, afterId: string | null): Promise<string[]>;
  noteTry(
    id: string,
    outcome: {
      state: DeliveryState;
      at: Instant;
      statusCode: number | null;
      error: string | null;
    },
  ): Promise<void>;
  /** Delivered and failed ones from before; at most `limit`. */
  deleteSettled(before: Instant, limit: number): Promise<number>;
}

/** What a try brought. `permanent`: trying again would bring the same. */
export interface SendResult {
  readonly ok: boolean;
  readonly permanent: boolean;
  readonly statusCode: number | null;
  readonly error: string | null;
}

/** Sends one notice to one channel, within a bounded time. Never throws. */
export type Sender = (
  channel: ChannelRecord,
  delivery: Pick<DeliveryRecord, 'id' | 'notice'>,
) => Promise<SendResult>;

export interface DeliveryQueue {
  /** A delivery that is on the queue already stays as it is. */
  add(ids: readonly string[]): Promise<void>;
}

/** What stands in a channel's way before anything is sent to it; null when nothing does. */
export interface ChannelCheck {
  url(url: string): string | null;
  secret(secretRef: string): string | null;
  mail(): string | null;
}

/** What notifications need beside the application's parts. */
export interface NotifyParts {
  readonly queue: DeliveryQueue;
  readonly check: ChannelCheck;
  /** Address of this service for people, without a slash at its end; null: links are left out. */
  readonly publicUrl: string | null;
}
