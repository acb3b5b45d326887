import { type Kysely, sql } from 'kysely';

/** What makes it safe to leave a campaign alone: guards, windows, what was before it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  // The tripped guard, what a person acknowledged, the preflight, the put back: seldom written.
  `alter table campaign add column safety jsonb not null default '{}'`,
  // Start to end with the wait in the queue: how early a window's last attempt must start.
  `alter table campaign add column longest_attempt_ms double precision not null default 0`,
  `alter table campaign add column schedule_id uuid`,
  // Large and read seldom: placement and settings before the first attempt.
  `create table campaign_before (
    campaign_id uuid primary key references campaign (id) on delete cascade,
    content jsonb not null
  )`,
];
