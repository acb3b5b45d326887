import type { BugcheckPayload } from '@gauntlet/shared/contracts/attempt-report';
import type { Outcome } from '@gauntlet/shared/domain/outcome';
import type { Instant } from '@gauntlet/shared/kernel/instant';

export interface TimelineBin {
  readonly startAt: Instant;
  readonly outcome: Outcome;
  readonly attempts: number;
}

export interface VmRow {
  /** Index into the campaign's arms. */
  readonly arm: number;
  readonly vm: string;
  readonly outcome: Outcome;
  readonly attempts: number;
  /** Attempts with a measured blackout. */
  readonly blackouts: number;
  readonly blackoutMsSum: number;
  readonly blackoutMsMax: number | null;
}

export interface FingerprintUse {
  readonly hash: string;
  readonly firstAt: Instant;
  readonly lastAt: Instant;
  readonly attempts: number;
  readonly content: unknown;
}

export interface SettledSpan {
  readonly firstAt: Instant | null;
  readonly lastAt: Instant | null;
  /** Attempts that exist as hourly tallies only. */
  readonly rolledUp: number;
}

export interface FoundBucket {
  readonly bucketId: string;
  readonly arm: number;
  readonly bugchecks: number;
}

export interface FoundBugcheck {
  readonly id: string;
  readonly attemptId: string;
  readonly bucketId: string;
  /** Its bucket's. */
  readonly title: string;
  readonly knownIssue: string | null;
  readonly facts: BugcheckPayload;
}

/** What reports count. Attempts and hourly tallies are one thing here; nothing grows with either. */
export interface ReportStore {
  readSpan(campaignId: string): Promise<SettledSpan>;
  /** Settled attempts per outcome in bins of `binMs`, which divides an hour or is whole hours. */
  readTimeline(campaignId: string, binMs: number): Promise<TimelineBin[]>;
  /** Settled attempts by arm, VM and outcome up to a moment; at most `limit` rows. */
  readVms(campaignId: string, until: Instant, limit: number): Promise<VmRow[]>;
  /** The same of one arm without what exists as tallies only. */
  readListedVms(
    campaignId: string,
    which: { arm: number; until: Instant },
  ): Promise<{ vm: string; outcome: Outcome; attempts: number }[]>;
  /** Every fingerprint that attempts ran under; at most `limit`, the earliest first. */
  readFingerprints(campaignId: string, limit: number): Promise<FingerprintUse[]>;
  readBuckets(campaignId: string): Promise<FoundBucket[]>;
  readBugchecks(attemptIds: readonly string[]): Promise<FoundBugcheck[]>;
}
