import type { BucketStatus } from '@gauntlet/shared/domain/bucket';
import type { Selectable } from 'kysely';
import type { BucketRecord, BugcheckStore } from '../../application/ports.ts';
import type { BucketTable, Db } from './database.ts';
import { decodeIdCursor, toPage } from './paging.ts';
import { instantOf } from './times.ts';

export function bucketReads(
  db: Db,
): Pick<BugcheckStore, 'findBucket' | 'listBuckets' | 'updateBucket'> {
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
        .orderBy('id', 'desc')
        .limit(limit + 1);
      if (cursor !== undefined) query = query.where('id', '<', decodeIdCursor(cursor));
      return toPage(await query.execute(), limit, { item: toRecord, key: (row) => row.id });
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
  };
}
