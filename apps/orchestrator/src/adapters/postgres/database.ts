import type { ColumnType, Generated } from 'kysely';
import { Kysely, PostgresDialect, type PostgresPool } from 'kysely';

/** Read as a Date by both engines, written as ISO 8601 text. */
type Time = ColumnType<Date, string, string>;
type TimeOrNull = ColumnType<Date | null, string | null | undefined, string | null>;
/** 64-bit columns arrive as text from node-postgres and as numbers from PGlite. */
type Wide = ColumnType<string | number, number, number>;
type Json<T> = ColumnType<T, string, string>;
type JsonOrNull<T> = ColumnType<T | null, string | null | undefined, string | null>;

export interface ClusterTable {
  id: string;
  name: string;
  driver: string;
  options: Json<Record<string, unknown>>;
  revision: number;
  created_at: Time;
  stopped_at: TimeOrNull;
  inventory: JsonOrNull<unknown>;
  inventory_taken_at: TimeOrNull;
}

export interface PlacementTable {
  cluster_id: string;
  vm_id: string;
  vm_name: string;
  host: string | null;
  usable: boolean;
  ready_at: Time;
  departures: Json<Record<string, number>>;
}

export interface CampaignTable {
  id: string;
  name: string;
  cluster_id: string;
  state: string;
  blocked_because: string | null;
  created_at: Time;
  started_at: TimeOrNull;
  ended_at: TimeOrNull;
  end_reason: string | null;
  config: Json<unknown>;
  plan: Json<unknown>;
  draw_version: number;
  cursor_next: number;
  cursor_ahead: number[];
  attempts_planned: number;
  attempts_skipped: number;
  failed_in_a_row: number;
  last_bugcheck_id: string | null;
  safety: ColumnType<unknown, string | undefined, string>;
  recent_attempt_ms: ColumnType<number[], number[] | undefined, number[]>;
  running_ms: ColumnType<number, number | undefined, number>;
  running_since: TimeOrNull;
  ends_at: TimeOrNull;
  schedule_id: ColumnType<string | null, string | null | undefined, string | null>;
}

export interface ScheduleTable {
  id: string;
  name: string;
  cron: string;
  time_zone: string;
  duration_minutes: number | null;
  overlap: string;
  catch_up: string;
  paused: boolean;
  campaign: Json<unknown>;
  created_at: Time;
  next_at: TimeOrNull;
  last_firing: JsonOrNull<unknown>;
}

export interface AttemptTable {
  id: string;
  campaign_id: string;
  cluster_id: string;
  ordinal: number;
  arm: number;
  probability: number;
  action: string;
  vm_id: string;
  vm_name: string;
  source: string;
  target: string;
  state: string;
  outcome: string | null;
  reason: string | null;
  planned_at: Time;
  queued_at: TimeOrNull;
  started_at: TimeOrNull;
  settled_at: TimeOrNull;
  settled_seq: Wide | null;
  queue_ms: number | null;
  copy_ms: number | null;
  blackout_ms: number | null;
  settle_ms: number | null;
  recovery_ms: number | null;
  worker: string | null;
  located_on: string | null;
  bugcheck_id: string | null;
  fingerprint_hash: string | null;
  fingerprint_matches: boolean | null;
  failure: JsonOrNull<unknown>;
  fault: JsonOrNull<unknown>;
  timeline: JsonOrNull<unknown>;
  /** The report of a bugcheck that was told ahead of the attempt's end; null once it is settled. */
  told_ahead: JsonOrNull<unknown>;
}

export interface BucketTable {
  id: string;
  key: string;
  title: string;
  status: string;
  note: string | null;
  known_issue: string | null;
  bugchecks: number;
  first_at: Time;
  last_at: Time;
  /** Where its bugchecks went by hand; null for a bucket of its own. */
  merged_into: string | null;
}

export interface BugcheckTable {
  /** The key of the bucket it would be in by itself; null in rows of older versions. */
  signature: string | null;
  id: string;
  attempt_id: string;
  campaign_id: string;
  bucket_id: string;
  arm: number;
  counted: boolean;
  subject: string;
  vm_name: string;
  host: string | null;
  code: Wide | null;
  parameters: string[];
  module: string | null;
  function: string | null;
  offset_bytes: number | null;
  reason: string | null;
  occurred_at: Time;
  phase: string;
  ms_since_switchover: number | null;
  channels: string[];
  known_issue: string | null;
}

export interface EvidenceTable {
  attempt_id: string;
  position: number;
  kind: string;
  name: string;
  content_type: string;
  sha256: string;
  size_bytes: Wide;
}

export interface FindingTable {
  seq: Generated<string | number>;
  campaign_id: string;
  attempt_id: string;
  signature: string;
  bucket_id: string | null;
  arm: number;
  probability: number;
  exposures: number[];
  vm_id: string;
  source: string;
  target: string;
  settled_at: Time;
}

export interface ExposureCellTable {
  campaign_id: string;
  arm: number;
  vm_id: string;
  source: string;
  target: string;
  exposures: number;
  busy_ms: number;
}

export interface SerialPlanTable {
  id: string;
  registered_at: Time;
  baseline_campaign_id: string | null;
  baseline_arm: string | null;
  bucket_id: string | null;
  bugchecks: number;
  migrations: Wide;
  alpha: number;
  rate_ratio_max: number;
  stages: Json<unknown>;
  candidate_campaign_id: string | null;
}

export interface ChannelTable {
  id: string;
  name: string;
  kind: string;
  url: string | null;
  secret_ref: string | null;
  recipients: string[] | null;
  notices: string[];
  digest: JsonOrNull<unknown>;
  enabled: boolean;
  created_at: Time;
  digest_day: string | null;
  digest_made_at: TimeOrNull;
}

export interface DeliveryTable {
  id: string;
  channel_id: string;
  event_id: string;
  kind: string;
  notice: Json<unknown>;
  state: string;
  tries: number;
  created_at: Time;
  last_tried_at: TimeOrNull;
  status_code: number | null;
  error: string | null;
}

export interface AttemptHourTable {
  campaign_id: string;
  hour_at: Time;
  arm: number;
  vm_name: string;
  source: string;
  target: string;
  outcome: string;
  attempts: number;
  blackouts: number;
  blackout_ms_sum: number;
  blackout_ms_max: number | null;
}

export interface Database {
  cluster: ClusterTable;
  placement: PlacementTable;
  campaign: CampaignTable;
  schedule: ScheduleTable;
  campaign_before: { campaign_id: string; content: Json<unknown> };
  attempt: AttemptTable;
  attempt_hour: AttemptHourTable;
  notification_channel: ChannelTable;
  outbox: { event_seq: Wide; campaign_id: string; kind: string; at: Time; data: Json<unknown> };
  delivery: DeliveryTable;
  fingerprint_use: {
    campaign_id: string;
    hash: string;
    first_at: Time;
    last_at: Time;
    attempts: number;
  };
  retention_setting: {
    only_one: boolean;
    attempts_days: number | null;
    evidence_days: number | null;
  };
  fingerprint: { hash: string; content: Json<unknown> };
  tally: { campaign_id: string; arm: number; outcome: string; counted: boolean; attempts: number };
  bucket: BucketTable;
  campaign_bucket: { campaign_id: string; arm: number; bucket_id: string; bugchecks: number };
  bugcheck: BugcheckTable;
  evidence: EvidenceTable;
  event: { seq: Wide; campaign_id: string; kind: string; at: Time; data: Json<unknown> };
  finding: FindingTable;
  exposure_cell: ExposureCellTable;
  allocation_block: { campaign_id: string; block: number; shares: number[] };
  serial_plan: SerialPlanTable;
  comparison: { id: string; created_at: Time; question: Json<unknown> };
  api_key: { hash: string; name: string; role: string; created_at: Time };
  idempotency: {
    key: string;
    request_hash: string;
    status: number;
    headers: Json<Record<string, string>>;
    body: string;
    created_at: Time;
  };
}

export type Db = Kysely<Database>;

export function createDb(pool: PostgresPool): Db {
  return new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
}
