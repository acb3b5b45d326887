import { type Kysely, sql } from 'kysely';

/** The house: clusters, campaigns, attempts, bugchecks, buckets, evidence, events. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table cluster (
    id uuid primary key,
    name text not null unique,
    driver text not null,
    options jsonb not null,
    revision integer not null,
    created_at timestamptz not null,
    stopped_at timestamptz,
    inventory jsonb,
    inventory_taken_at timestamptz
  )`,
  // Where the orchestrator believes each VM is, and from when on it may move again.
  `create table placement (
    cluster_id uuid not null references cluster (id) on delete cascade,
    vm_id text not null,
    vm_name text not null,
    host text,
    usable boolean not null,
    ready_at timestamptz not null,
    departures jsonb not null,
    primary key (cluster_id, vm_id)
  )`,
  `create table campaign (
    id uuid primary key,
    name text not null,
    cluster_id uuid not null references cluster (id),
    state text not null,
    blocked_because text,
    created_at timestamptz not null,
    started_at timestamptz,
    ended_at timestamptz,
    end_reason text,
    config jsonb not null,
    plan jsonb not null,
    draw_version integer not null,
    cursor_next integer not null,
    cursor_ahead integer[] not null,
    attempts_planned integer not null,
    attempts_skipped integer not null,
    failed_in_a_row integer not null,
    last_bugcheck_id uuid
  )`,
  `create index campaign_by_state on campaign (state, id)`,
  `create index campaign_active on campaign (cluster_id)
    where state in ('running', 'paused', 'waiting-for-window', 'stopping')`,
  // One number orders everything that event streams tell.
  `create sequence event_seq`,
  `create table attempt (
    id uuid primary key,
    campaign_id uuid not null references campaign (id) on delete cascade,
    cluster_id uuid not null,
    ordinal integer not null,
    arm smallint not null,
    probability double precision not null,
    action text not null,
    vm_id text not null,
    vm_name text not null,
    source text not null,
    target text not null,
    state text not null,
    outcome text,
    reason text,
    planned_at timestamptz not null,
    queued_at timestamptz,
    started_at timestamptz,
    settled_at timestamptz,
    settled_seq bigint,
    queue_ms real,
    copy_ms real,
    blackout_ms real,
    settle_ms real,
    recovery_ms real,
    worker text,
    located_on text,
    bugcheck_id uuid,
    fingerprint_hash text,
    fingerprint_matches boolean,
    failure jsonb,
    fault jsonb,
    timeline jsonb,
    unique (campaign_id, ordinal)
  )`,
  // Rule 1 as an index: a VM is in at most one unsettled attempt of its cluster.
  `create unique index attempt_in_flight on attempt (cluster_id, vm_id) where state <> 'settled'`,
  `create index attempt_by_settling on attempt (campaign_id, settled_seq)
    where settled_seq is not null`,
  `create index attempt_findings on attempt (campaign_id, outcome, ordinal)
    where outcome <> 'clean'`,
  `create index attempt_by_vm on attempt (campaign_id, vm_name, ordinal)`,
  `create table fingerprint (hash text primary key, content jsonb not null)`,
  // Tallies make GET /campaigns/{id} cost the same whatever the campaign's size.
  `create table tally (
    campaign_id uuid not null references campaign (id) on delete cascade,
    arm smallint not null,
    outcome text not null,
    counted boolean not null,
    attempts integer not null,
    primary key (campaign_id, arm, outcome, counted)
  )`,
  `create table bucket (
    id uuid primary key,
    key text not null unique,
    title text not null,
    status text not null,
    note text,
    known_issue text,
    bugchecks integer not null,
    first_at timestamptz not null,
    last_at timestamptz not null
  )`,
  `create table campaign_bucket (
    campaign_id uuid not null references campaign (id) on delete cascade,
    arm smallint not null,
    bucket_id uuid not null references bucket (id),
    bugchecks integer not null,
    primary key (campaign_id, arm, bucket_id)
  )`,
  `create table bugcheck (
    id uuid primary key,
    attempt_id uuid not null references attempt (id) on delete cascade,
    campaign_id uuid not null,
    bucket_id uuid not null references bucket (id),
    arm smallint not null,
    counted boolean not null,
    subject text not null,
    vm_name text not null,
    host text,
    code bigint,
    parameters text[] not null,
    module text,
    function text,
    offset_bytes integer,
    reason text,
    occurred_at timestamptz not null,
    phase text not null,
    ms_since_switchover double precision,
    channels text[] not null,
    known_issue text
  )`,
  `create index bugcheck_by_campaign on bugcheck (campaign_id, id)`,
  `create index bugcheck_by_bucket on bugcheck (bucket_id, id)`,
  `create table evidence (
    attempt_id uuid not null references attempt (id) on delete cascade,
    position smallint not null,
    kind text not null,
    name text not null,
    content_type text not null,
    sha256 text not null,
    size_bytes bigint not null,
    primary key (attempt_id, position)
  )`,
  `create index evidence_by_hash on evidence (sha256)`,
  `create table event (
    seq bigint primary key,
    campaign_id uuid not null references campaign (id) on delete cascade,
    kind text not null,
    at timestamptz not null,
    data jsonb not null
  )`,
  `create index event_by_campaign on event (campaign_id, seq)`,
  `create table api_key (
    hash text primary key,
    name text not null,
    role text not null,
    created_at timestamptz not null
  )`,
  `create table idempotency (
    key text primary key,
    request_hash text not null,
    status integer not null,
    headers jsonb not null,
    body text not null,
    created_at timestamptz not null
  )`,
];
