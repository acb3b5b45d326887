import type { AttemptState } from '@gauntlet/shared/domain/attempt';
import type { Outcome } from '@gauntlet/shared/domain/outcome';
import type { Selectable } from 'kysely';
import type { AttemptStore, ListedAttempt, StoredAttempt } from '../../application/ports.ts';
import type { AttemptTable, Db } from './database.ts';
import { decodeCursor, toPage } from './paging.ts';
import { instantOf, instantOrNull } from './times.ts';

/** What people read of attempts: one, some, or a page of a campaign's, by ordinal. */
export function attemptReads(db: Db): Pick<AttemptStore, 'find' | 'findMany' | 'list'> {
  return {
    async find(id) {
      const query = db.selectFrom('attempt').selectAll().where('id', '=', id);
      const row = await query.executeTakeFirst();
      return row === undefined ? undefined : toStored(row);
    },
    async findMany(ids) {
      if (ids.length === 0) return [];
      const rows = await db.selectFrom('attempt').selectAll().where('id', 'in', ids).execute();
      return rows.map(toStored);
    },
    async list(campaignId, filter, { limit, cursor }) {
      const { outcome, vm, host, arm, order } = filter;
      let query = db
        .selectFrom('attempt')
        .select(listed)
        .where('campaign_id', '=', campaignId)
        .orderBy('ordinal', order === 'newest' ? 'desc' : 'asc')
        .limit(limit + 1);
      if (outcome !== undefined) query = query.where('outcome', '=', outcome);
      if (vm !== undefined) query = query.where('vm_name', '=', vm);
      if (arm !== undefined) query = query.where('arm', '=', arm);
      if (host !== undefined)
        query = query.where((eb) => eb.or([eb('source', '=', host), eb('target', '=', host)]));
      if (cursor !== undefined)
        query = query.where(
          'ordinal',
          order === 'newest' ? '<' : '>',
          Number(decodeCursor(cursor, 'number')),
        );
      const rows = await query.execute();
      return toPage(rows, limit, { item: toListed, key: (row) => row.ordinal });
    },
  };
}

/** Without the documents: a timeline alone weighs as much as the rest of its row. */
const listed = [
  'id',
  'campaign_id',
  'cluster_id',
  'ordinal',
  'arm',
  'probability',
  'action',
  'vm_id',
  'vm_name',
  'source',
  'target',
  'planned_at',
  'state',
  'outcome',
  'reason',
  'queued_at',
  'started_at',
  'settled_at',
  'queue_ms',
  'copy_ms',
  'blackout_ms',
  'settle_ms',
  'recovery_ms',
  'worker',
  'bugcheck_id',
  'fingerprint_matches',
] as const satisfies readonly (keyof AttemptTable)[];

export function toStored(row: Selectable<AttemptTable>): StoredAttempt {
  return {
    ...toListed(row),
    fingerprintHash: row.fingerprint_hash,
    failure: row.failure,
    fault: row.fault,
    timeline: row.timeline,
  };
}

function toListed(row: Pick<Selectable<AttemptTable>, (typeof listed)[number]>): ListedAttempt {
  return {
    id: row.id,
    campaignId: row.campaign_id,
    clusterId: row.cluster_id,
    ordinal: row.ordinal,
    arm: row.arm,
    probability: row.probability,
    action: row.action as StoredAttempt['action'],
    vmId: row.vm_id,
    vmName: row.vm_name,
    source: row.source,
    target: row.target,
    plannedAt: instantOf(row.planned_at),
    state: row.state as AttemptState,
    outcome: row.outcome as Outcome | null,
    reason: row.reason,
    queuedAt: instantOrNull(row.queued_at),
    startedAt: instantOrNull(row.started_at),
    settledAt: instantOrNull(row.settled_at),
    phases: {
      queueMs: row.queue_ms,
      copyMs: row.copy_ms,
      blackoutMs: row.blackout_ms,
      settleMs: row.settle_ms,
      recoveryMs: row.recovery_ms,
    },
    worker: row.worker,
    bugcheckId: row.bugcheck_id,
    fingerprintMatches: row.fingerprint_matches,
  };
}
