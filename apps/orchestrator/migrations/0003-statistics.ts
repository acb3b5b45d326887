import { type Kysely, sql } from 'kysely';

/** What the analysis remembers: findings, exposures a cell, shares, serial plans, comparisons. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // One row a counted finding, in the order of settlement, with the exposures of every arm at that
  // moment. Verdicts read these few rows and never the attempts.
  `create table finding (
    seq bigint generated always as identity primary key,
    campaign_id uuid not null references campaign (id) on delete cascade,
    attempt_id uuid not null unique,
    signature text not null,
    bucket_id uuid references bucket (id),
    arm smallint not null,
    probability double precision not null,
    exposures integer[] not null,
    vm_id text not null,
    source text not null,
    target text not null,
    settled_at timestamptz not null
  )`,
  `create index finding_by_campaign on finding (campaign_id, signature, seq)`,
  // Counted exposures and their time per arm, VM and ordered host pair.
  `create table exposure_cell (
    campaign_id uuid not null references campaign (id) on delete cascade,
    arm smallint not null,
    vm_id text not null,
    source text not null,
    target text not null,
    exposures integer not null,
    busy_ms double precision not null,
    primary key (campaign_id, arm, vm_id, source, target)
  )`,
  // The shares that a block of attempts was drawn from under adaptive allocation.
  `create table allocation_block (
    campaign_id uuid not null references campaign (id) on delete cascade,
    block integer not null,
    shares double precision[] not null,
    primary key (campaign_id, block)
  )`,
  `create table serial_plan (
    id uuid primary key,
    registered_at timestamptz not null,
    baseline_campaign_id uuid references campaign (id),
    baseline_arm text,
    bucket_id uuid,
    bugchecks integer not null,
    migrations bigint not null,
    alpha double precision not null,
    rate_ratio_max double precision not null,
    stages jsonb not null,
    candidate_campaign_id uuid
  )`,
  `create table comparison (
    id uuid primary key,
    created_at timestamptz not null,
    question jsonb not null
  )`,
];
