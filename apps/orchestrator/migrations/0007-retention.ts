import { type Kysely, sql } from 'kysely';

/** What is left of old attempts: hourly tallies, and which fingerprints they ran under. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table attempt_hour (
    campaign_id uuid not null references campaign (id) on delete cascade,
    hour_at timestamptz not null,
    arm smallint not null,
    vm_name text not null,
    source text not null,
    target text not null,
    outcome text not null,
    attempts integer not null,
    blackouts integer not null,
    blackout_ms_sum double precision not null,
    blackout_ms_max double precision,
    primary key (campaign_id, hour_at, arm, vm_name, source, target, outcome)
  )`,
  `create table fingerprint_use (
    campaign_id uuid not null references campaign (id) on delete cascade,
    hash text not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    attempts integer not null,
    primary key (campaign_id, hash)
  )`,
  // One row: what PATCH /retention said last; until then the environment's word holds.
  `create table retention_setting (
    only_one boolean primary key check (only_one),
    attempts_days integer,
    evidence_days integer
  )`,
];
