import { type Kysely, sql } from 'kysely';

/** Channels, what waits to be told (in the transaction in which it happened), and what was told. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table notification_channel (
    id uuid primary key,
    name text not null,
    kind text not null,
    url text,
    secret_ref text,
    recipients text[],
    notices text[] not null,
    digest jsonb,
    enabled boolean not null,
    created_at timestamptz not null,
    -- The local day of the last digest, 2026-11-24, and when it was made.
    digest_day text,
    digest_made_at timestamptz
  )`,
  // Written with the event itself; a row is here exactly until its deliveries are.
  `create table outbox (
    event_seq bigint primary key,
    campaign_id uuid not null references campaign (id) on delete cascade,
    kind text not null,
    at timestamptz not null,
    data jsonb not null
  )`,
  `create table delivery (
    id uuid primary key,
    channel_id uuid not null references notification_channel (id) on delete cascade,
    event_id text not null,
    kind text not null,
    notice jsonb not null,
    state text not null,
    tries integer not null,
    created_at timestamptz not null,
    last_tried_at timestamptz,
    status_code integer,
    error text,
    unique (channel_id, event_id)
  )`,
  `create index delivery_by_channel on delivery (channel_id, id)`,
  `create index delivery_pending on delivery (id) where state = 'pending'`,
];
