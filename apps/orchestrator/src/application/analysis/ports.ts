import type { NewComparison } from '@gauntlet/shared/contracts/analysis';
import type { Instant } from '@gauntlet/shared/kernel/instant';

/** A counted finding with the counted exposures of every arm once it was settled. */
export interface FindingRecord {
  readonly campaignId: string;
  readonly attemptId: string;
  /** The id of its bucket, or its outcome where it has none. */
  readonly signature: string;
  readonly bucketId: string | null;
  readonly arm: number;
  /** Probability with which its attempt was drawn, as logged. */
  readonly probability: number;
  readonly exposures: readonly number[];
  readonly vmId: string;
  readonly source: string;
  readonly target: string;
  readonly settledAt: Instant;
}

/** What the findings of a campaign have in common, and in words. */
export interface SignatureRecord {
  /** null: of all findings, whatever they look like. */
  readonly signature: string | null;
  readonly bucketId: string | null;
  readonly title: string;
  readonly findings: number;
}

export interface CellRecord {
  readonly arm: number;
  readonly vmId: string;
  readonly source: string;
  readonly target: string;
  readonly exposures: number;
  /** Time that these exposures took, in ms. */
  readonly busyMs: number;
}

export interface SerialPlanRecord {
  readonly id: string;
  readonly registeredAt: Instant;
  readonly baselineCampaignId: string | null;
  readonly baselineArm: string | null;
  readonly bucketId: string | null;
  readonly bugchecks: number;
  readonly migrations: number;
  readonly alpha: number;
  readonly rateRatioMax: number;
  readonly stages: readonly {
    readonly allowed: number;
    readonly alpha: number;
    /** null: no number suffices. */
    readonly migrations: number | null;
  }[];
  readonly candidateCampaignId: string | null;
}

export interface ComparisonRecord {
  readonly id: string;
  readonly createdAt: Instant;
  readonly question: Required<NewComparison>;
}

export interface AnalysisStore {
  addFindings(findings: readonly FindingRecord[]): Promise<void>;
  addCells(cells: readonly (CellRecord & { campaignId: string })[]): Promise<void>;
  /** The first `limit` findings with this signature (null: any), in the order of settlement. */
  listFindings(
    campaignId: string,
    signature: string | null,
    limit: number,
  ): Promise<FindingRecord[]>;
  /** The last `limit` findings of any signature, in the order of settlement. */
  listLatestFindings(campaignId: string, limit: number): Promise<FindingRecord[]>;
  /** Signatures by their findings in all arms, most first, the earlier first on a tie. */
  listSignatures(campaignId: string, limit: number): Promise<SignatureRecord[]>;
  readCells(campaignId: string): Promise<CellRecord[]>;
  /** Findings per VM, whatever their signature. */
  countFindingsByVm(campaignId: string): Promise<ReadonlyMap<string, number>>;
  readShares(
    campaignId: string,
    blocks: { from: number; to: number },
  ): Promise<Map<number, readonly number[]>>;
  /** Of the newest block; undefined before the first. */
  readLatestShares(campaignId: string): Promise<readonly number[] | undefined>;
  saveShares(campaignId: string, block: number, shares: readonly number[]): Promise<void>;
  insertSerialPlan(plan: SerialPlanRecord): Promise<void>;
  findSerialPlan(id: string): Promise<SerialPlanRecord | undefined>;
  /** Gives the plan to a campaign; false when another one has it. */
  bindSerialPlan(id: string, campaignId: string): Promise<boolean>;
  insertComparison(comparison: ComparisonRecord): Promise<void>;
  findComparison(id: string): Promise<ComparisonRecord | undefined>;
}
