import type { BucketStatus } from '@gauntlet/shared/domain/bucket';
import { type Selectable, sql } from 'kysely';
import type { BucketRecord, BugcheckStore } from '../../application/ports.ts';
import type { BucketTable, Db } from './database.ts';
import { decodeIdCursor, toPage } from './paging.ts';
import { instantOf } from './times.ts';

export function bucketReads(
  db: Db,
): Pick<BugcheckStore, 'findBucket' | 'listBuckets' | 'updateBucket' | 'readPlaces' | 'readVms'> {
  return {
    async findBucket(id) {
      const query = db.selectFrom('bucket').selectAll().where('id', '=', id);
      const row = await query.executeTakeFirst();
      return row === undefined ? undefined : toRecord(row);
    },
    async listBuckets({ limit, cursor }) {
      let query = db
        .selectFrom('bucket')
        .selectAll()
        .where('merged_into', 'is', null)
        .orderBy('id', 'desc')
        .limit(limit + 1);
      if (cursor !== undefined) query = query.where('id', '<', decodeIdCursor(cursor));
      return toPage(await query.execute(), limit, { item: toRecord, key: (row) => row.id });
    },
    async readPlaces(bucketIds) {
      if (bucketIds.length === 0) return [];
      const { rows } = await sql<PlaceRow>`
        select cb.bucket_id, cb.campaign_id, cb.bugchecks, c.name,
          c.config -> 'arms' -> cb.arm::int ->> 'name' as arm,
          coalesce((
            select sum(t.attempts) from tally t
            where t.campaign_id = cb.campaign_id and t.arm = cb.arm and t.counted
          ), 0) as exposures
        from campaign_bucket cb join campaign c on c.id = cb.campaign_id
        where cb.bucket_id in (${sql.join(bucketIds)})
        order by cb.bugchecks desc, cb.campaign_id desc`.execute(db);
      return rows.map((row) => ({
        bucketId: row.bucket_id,
        campaignId: row.campaign_id,
        campaignName: row.name,
        arm: row.arm,
        bugchecks: row.bugchecks,
        exposures: Number(row.exposures),
      }));
    },
    async readVms(bucketId, limit) {
      const rows = await db
        .selectFrom('bugcheck')
        .select(({ fn }) => ['vm_name as name', fn.countAll().as('bugchecks')])
        .where('bucket_id', '=', bucketId)
        .groupBy('vm_name')
        .orderBy('bugchecks', 'desc')
        .orderBy('vm_name')
        .limit(limit)
        .execute();
      return rows.map(({ name, bugchecks }) => ({ name, bugchecks: Number(bugchecks) }));
    },
    async updateBucket(id, { status, note }) {
      const change = {
        ...(status !== undefined && { status }),
        ...(note !== undefined && { note }),
      };
      await db.updateTable('bucket').set(change).where('id', '=', id).execute();
    },
  };
}

interface PlaceRow {
  readonly bucket_id: string;
  readonly campaign_id: string;
  readonly bugchecks: number;
  readonly name: string;
  readonly arm: string;
  readonly exposures: string | number;
}

function toRecord(row: Selectable<BucketTable>): BucketRecord {
  return {
    id: row.id,
    key: row.key,
    title: row.title,
    status: row.status as BucketStatus,
    note: row.note,
    knownIssue: row.known_issue,
    bugchecks: row.bugchecks,
    firstAt: instantOf(row.first_at),
    lastAt: instantOf(row.last_at),
    mergedInto: row.merged_into,
  };
}
