import type { BugcheckPayload } from '@gauntlet/shared/contracts/attempt-report';
import { toInstant, toIso } from '@gauntlet/shared/kernel/instant';
import { type Selectable, sql } from 'kysely';
import type {
  BucketRecord,
  BugcheckStore,
  NewBugcheck,
  StoredEvidence,
} from '../../application/ports.ts';
import { bucketMoves } from './bucket-moves.ts';
import { bucketReads } from './bucket-reads.ts';
import type { BugcheckTable, Db, EvidenceTable } from './database.ts';
import { decodeIdCursor, toPage } from './paging.ts';
import { instantOf } from './times.ts';

export function createBugcheckStore(db: Db): BugcheckStore {
  return {
    async countInBucket(bucket) {
      const row = await db
        .insertInto('bucket')
        .values({
          id: bucket.id,
          key: bucket.key,
          title: bucket.title,
          status: 'new',
          note: null,
          known_issue: bucket.knownIssue,
          bugchecks: 1,
          first_at: toIso(bucket.firstAt),
          last_at: toIso(bucket.lastAt),
          merged_into: null,
        })
        .onConflict((conflict) =>
          conflict.column('key').doUpdateSet({
            bugchecks: sql`bucket.bugchecks + 1`,
            first_at: sql`least(bucket.first_at, excluded.first_at)`,
            last_at: sql`greatest(bucket.last_at, excluded.last_at)`,
            known_issue: sql`coalesce(bucket.known_issue, excluded.known_issue)`,
          }),
        )
        .returning(['id', 'merged_into'])
        .executeTakeFirstOrThrow();
      return row.merged_into === null ? row.id : countInTarget(db, row, bucket);
    },
    async countInCampaign({ campaignId, arm, bucketId }) {
      await db
        .insertInto('campaign_bucket')
        .values({ campaign_id: campaignId, arm, bucket_id: bucketId, bugchecks: 1 })
        .onConflict((conflict) =>
          conflict
            .columns(['campaign_id', 'arm', 'bucket_id'])
            .doUpdateSet({ bugchecks: sql`campaign_bucket.bugchecks + 1` }),
        )
        .execute();
    },
    async insert(bugcheck) {
      await db.insertInto('bugcheck').values(toInsert(bugcheck)).execute();
    },
    async readBucketIds(ids) {
      if (ids.length === 0) return new Map();
      const query = db.selectFrom('bugcheck').select(['id', 'bucket_id']).where('id', 'in', ids);
      return new Map((await query.execute()).map((row) => [row.id, row.bucket_id]));
    },
    async find(id) {
      const query = db.selectFrom('bugcheck').selectAll().where('id', '=', id);
      const row = await query.executeTakeFirst();
      return row === undefined ? undefined : toBugcheckRecord(row);
    },
    async list({ campaignId, bucketId }, { limit, cursor }) {
      let query = db
        .selectFrom('bugcheck')
        .selectAll()
        .orderBy('id', 'desc')
        .limit(limit + 1);
      if (campaignId !== undefined) query = query.where('campaign_id', '=', campaignId);
      if (bucketId !== undefined) query = query.where('bucket_id', '=', bucketId);
      if (cursor !== undefined) query = query.where('id', '<', decodeIdCursor(cursor));
      return toPage(await query.execute(), limit, { item: toBugcheckRecord, key: (row) => row.id });
    },
    ...evidenceAccess(db),
    ...bucketReads(db),
    ...bucketMoves(db),
  };
}

/** People have merged the bucket of this key: what was counted there belongs to its target. */
async function countInTarget(
  db: Db,
  merged: { id: string; merged_into: string | null },
  { firstAt, lastAt }: Pick<BucketRecord, 'firstAt' | 'lastAt'>,
): Promise<string> {
  await db.updateTable('bucket').set({ bugchecks: 0 }).where('id', '=', merged.id).execute();
  const row = await db
    .updateTable('bucket')
    .set({
      bugchecks: sql`bugchecks + 1`,
      first_at: sql`least(first_at, ${toIso(firstAt)}::timestamptz)`,
      last_at: sql`greatest(last_at, ${toIso(lastAt)}::timestamptz)`,
    })
    .where('id', '=', merged.merged_into)
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

function evidenceAccess(
  db: Db,
): Pick<BugcheckStore, 'insertEvidence' | 'readEvidence' | 'findEvidence'> {
  return {
    async insertEvidence(evidence) {
      if (evidence.length === 0) return;
      const rows = evidence.map((item, position) => ({
        attempt_id: item.attemptId,
        position,
        kind: item.kind,
        name: item.name,
        content_type: item.contentType,
        sha256: item.sha256,
        size_bytes: item.sizeBytes,
      }));
      await db.insertInto('evidence').values(rows).execute();
    },
    async readEvidence(attemptIds) {
      if (attemptIds.length === 0) return [];
      const query = db.selectFrom('evidence').selectAll().where('attempt_id', 'in', attemptIds);
      const rows = await query.orderBy('attempt_id').orderBy('position').execute();
      return rows.map(toEvidence);
    },
    async findEvidence(sha256) {
      const query = db.selectFrom('evidence').selectAll().where('sha256', '=', sha256).limit(1);
      const row = await query.executeTakeFirst();
      return row === undefined ? undefined : toEvidence(row);
    },
  };
}

function toEvidence(row: Selectable<EvidenceTable>): StoredEvidence {
  return {
    attemptId: row.attempt_id,
    kind: row.kind as StoredEvidence['kind'],
    name: row.name,
    contentType: row.content_type,
    sha256: row.sha256,
    sizeBytes: Number(row.size_bytes),
  };
}

function toInsert({ facts, ...bugcheck }: NewBugcheck) {
  return {
    id: bugcheck.id,
    attempt_id: bugcheck.attemptId,
    campaign_id: bugcheck.campaignId,
    bucket_id: bugcheck.bucketId,
    arm: bugcheck.arm,
    counted: bugcheck.counted,
    vm_name: bugcheck.vmName,
    known_issue: bugcheck.knownIssue,
    signature: bugcheck.signature,
    subject: facts.subject,
    host: facts.host,
    code: facts.code,
    parameters: facts.parameters,
    module: facts.module,
    function: facts.function,
    offset_bytes: facts.offset,
    reason: facts.reason,
    occurred_at: toIso(toInstant(facts.occurredAt)),
    phase: facts.phase,
    ms_since_switchover: facts.msSinceSwitchover,
    channels: facts.channels,
  };
}

export function toBugcheckRecord(row: Selectable<BugcheckTable>): NewBugcheck {
  return {
    id: row.id,
    attemptId: row.attempt_id,
    campaignId: row.campaign_id,
    bucketId: row.bucket_id,
    arm: row.arm,
    counted: row.counted,
    vmName: row.vm_name,
    knownIssue: row.known_issue,
    signature: row.signature,
    facts: {
      subject: row.subject as BugcheckPayload['subject'],
      host: row.host,
      code: row.code === null ? null : Number(row.code),
      parameters: row.parameters,
      module: row.module,
      function: row.function,
      offset: row.offset_bytes,
      reason: row.reason,
      occurredAt: instantOf(row.occurred_at),
      phase: row.phase as BugcheckPayload['phase'],
      msSinceSwitchover: row.ms_since_switchover,
      channels: row.channels,
    },
  };
}
