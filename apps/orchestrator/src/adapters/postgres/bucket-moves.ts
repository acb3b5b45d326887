import { toIso } from '@gauntlet/shared/kernel/instant';
import { sql } from 'kysely';
import type { BugcheckStore } from '../../application/ports.ts';
import type { Db } from './database.ts';

/** Merging and splitting by hand. Counters are counted anew, never moved. */
export function bucketMoves(
  db: Db,
): Pick<BugcheckStore, 'lockBuckets' | 'mergeBucket' | 'splitBucket' | 'readPurity'> {
  return {
    async lockBuckets(ids) {
      // Always in the same order, so that two people who merge crosswise do not wait for each other.
      await db
        .selectFrom('bucket')
        .select('id')
        .where('id', 'in', ids)
        .orderBy('id')
        .forUpdate()
        .execute();
    },
    async mergeBucket(from, into) {
      await moveBugchecks(db, { from, into, only: null });
      await db
        .updateTable('bucket')
        .set({ merged_into: into })
        .where((where) => where.or([where('id', '=', from), where('merged_into', '=', from)]))
        .execute();
      await sql`update bucket set known_issue = coalesce(known_issue,
        (select known_issue from bucket where id = ${from})) where id = ${into}`.execute(db);
      await recount(db, [from, into]);
    },
    async splitBucket(from, bucket, bugcheckIds) {
      await db
        .insertInto('bucket')
        .values({
          id: bucket.id,
          key: bucket.key,
          title: bucket.title,
          status: 'new',
          note: null,
          known_issue: null,
          bugchecks: 0,
          first_at: toIso(bucket.firstAt),
          last_at: toIso(bucket.lastAt),
          merged_into: null,
        })
        .execute();
      const moved = await moveBugchecks(db, { from, into: bucket.id, only: bugcheckIds });
      await recount(db, [from, bucket.id]);
      return moved;
    },
    async readPurity(ids) {
      if (ids.length === 0) return new Map();
      const { rows } = await sql<{ bucket_id: string; largest: Wide; total: Wide }>`
        select bucket_id, max(n) as largest, sum(n) as total from (
          select c.bucket_id, count(*) as n
          from bugcheck c join bucket b on b.id = c.bucket_id
          where c.bucket_id in (${sql.join(ids)})
          group by c.bucket_id, coalesce(c.signature, b.key)
        ) as signatures group by bucket_id`.execute(db);
      return new Map(
        rows.map((row) => [row.bucket_id, Number(row.largest) / Number(row.total)] as const),
      );
    },
  };
}

type Wide = string | number;

async function moveBugchecks(
  db: Db,
  { from, into, only }: { from: string; into: string; only: readonly string[] | null },
): Promise<number> {
  let query = db.updateTable('bugcheck').set({ bucket_id: into }).where('bucket_id', '=', from);
  if (only !== null) query = query.where('id', 'in', only);
  const { numUpdatedRows } = await query.executeTakeFirst();
  // Verdicts count findings by bucket: they go along.
  await sql`
    update finding set bucket_id = moved.bucket_id, signature = moved.bucket_id::text
    from bugcheck as moved
    where moved.attempt_id = finding.attempt_id and moved.bucket_id = ${into}
      and finding.bucket_id = ${from}`.execute(db);
  return Number(numUpdatedRows);
}

async function recount(db: Db, ids: readonly string[]): Promise<void> {
  await sql`
    update bucket set
      bugchecks = coalesce(seen.n, 0),
      first_at = coalesce(seen.first_at, bucket.first_at),
      last_at = coalesce(seen.last_at, bucket.last_at)
    from bucket as self left join (
      select bucket_id, count(*) as n, min(occurred_at) as first_at, max(occurred_at) as last_at
      from bugcheck where bucket_id in (${sql.join(ids)}) group by bucket_id
    ) as seen on seen.bucket_id = self.id
    where bucket.id = self.id and self.id in (${sql.join(ids)})`.execute(db);
  await db.deleteFrom('campaign_bucket').where('bucket_id', 'in', ids).execute();
  await sql`
    insert into campaign_bucket (campaign_id, arm, bucket_id, bugchecks)
    select campaign_id, arm, bucket_id, count(*) from bugcheck
    where bucket_id in (${sql.join(ids)}) group by campaign_id, arm, bucket_id`.execute(db);
}
