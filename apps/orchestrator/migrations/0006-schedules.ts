import { type Kysely, sql } from 'kysely';

/** Schedules: which campaigns start by the calendar. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `create table schedule (
    id uuid primary key,
    name text not null,
    cron text not null,
    time_zone text not null,
    duration_minutes integer,
    overlap text not null,
    catch_up text not null,
    paused boolean not null,
    campaign jsonb not null,
    created_at timestamptz not null,
    next_at timestamptz,
    last_firing jsonb
  )`,
  `create index campaign_by_schedule on campaign (schedule_id, id) where schedule_id is not null`,
];
