import { type Kysely, sql } from 'kysely';

/** Buckets that people merge and split: where a merged one went, and what each bugcheck was by itself. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `alter table bucket add column merged_into uuid references bucket (id)`,
  `create index bucket_by_merge on bucket (merged_into) where merged_into is not null`,
  // The key of the bucket a bugcheck would be in by itself; null in rows older than this.
  `alter table bugcheck add column signature text`,
];
