import type { RetentionView } from '@gauntlet/shared/contracts/retention';
import type { Instant } from '@gauntlet/shared/kernel/instant';

export interface OldAttempts {
  readonly id: string;
  readonly name: string;
  readonly attempts: number;
}

export interface OldEvidence {
  readonly toDrop: number;
  /** Each content counted once, however many attempts found it. */
  readonly bytesToDrop: number;
  readonly pinnedByTriagedBuckets: number;
  readonly pinnedByOpenCampaigns: number;
}

/**
 * What retention reads and does. An attempt can be rolled up when it is settled, found nothing and
 * owns no evidence; findings stay as they are, for ever: they are few, and what all this is about.
 */
export interface RetentionStore {
  /** undefined until somebody has set it. */
  readSettings(): Promise<RetentionView | undefined>;
  saveSettings(settings: RetentionView): Promise<void>;
  /** Campaigns with attempts that can be rolled up, most first. */
  countAttempts(before: Instant): Promise<OldAttempts[]>;
  listCampaigns(before: Instant, limit: number): Promise<string[]>;
  /** One batch of one campaign, in one statement: rows go and tallies grow together, or neither. */
  rollUp(campaignId: string, before: Instant, limit: number): Promise<number>;
  countEvidence(before: Instant): Promise<OldEvidence>;
  /** Forgets up to `limit` pieces that nothing pins. Their files are still there. */
  dropEvidence(before: Instant, limit: number): Promise<number>;
  /** Those of these hashes that some attempt still refers to. */
  listReferenced(hashes: readonly string[]): Promise<ReadonlySet<string>>;
}

export interface RetentionParts {
  /** What the environment says; holds until PATCH says otherwise. */
  readonly defaults: RetentionView;
}
