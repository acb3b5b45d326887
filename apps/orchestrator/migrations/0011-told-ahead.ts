import { type Kysely, sql } from 'kysely';

/** What a worker said of a bugcheck before it had brought the VM back. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table attempt add column told_ahead jsonb`.execute(db);
}
