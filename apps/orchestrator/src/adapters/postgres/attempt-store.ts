import type { AttemptReport } from '@gauntlet/shared/contracts/attempt-report';
import type { AttemptState } from '@gauntlet/shared/domain/attempt';
import { toIso } from '@gauntlet/shared/kernel/instant';
import { type Selectable, sql } from 'kysely';
import type { AttemptStore } from '../../application/ports.ts';
import type { NewAttempt, OpenAttempt } from '../../application/records.ts';
import { attemptReads } from './attempt-reads.ts';
import { settleAttempts } from './attempt-settle.ts';
import type { AttemptTable, Db } from './database.ts';
import { instantOf } from './times.ts';

const openColumns = [
  'id',
  'campaign_id',
  'cluster_id',
  'vm_id',
  'source',
  'target',
  'state',
  'planned_at',
  'ordinal',
  'arm',
  'probability',
  'action',
  'vm_name',
  'bugcheck_id',
] as const;

export function createAttemptStore(db: Db): AttemptStore {
  return {
    async insert(attempts) {
      if (attempts.length === 0) return;
      await db.insertInto('attempt').values(attempts.map(toInsert)).execute();
    },
    async markQueued(queued) {
      if (queued.length === 0) return;
      const rows = JSON.stringify(queued.map(({ id, at }) => ({ id, at: toIso(at) })));
      await sql`
        update attempt set state = 'queued', queued_at = noted.at
        from jsonb_to_recordset(${rows}::jsonb) as noted(id uuid, at timestamptz)
        where attempt.id = noted.id and attempt.state = 'planned'`.execute(db);
    },
    async markPlanned(ids) {
      if (ids.length === 0) return;
      const update = db.updateTable('attempt').set({ state: 'planned' });
      await update.where('id', 'in', ids).where('state', '=', 'queued').execute();
    },
    async markRunning(ids, worker, at) {
      if (ids.length === 0) return;
      await db
        .updateTable('attempt')
        .set({ state: 'running', worker, started_at: toIso(at) })
        .where('id', 'in', ids)
        .where('state', 'in', ['planned', 'queued'])
        .execute();
    },
    async listInFlight(clusterId) {
      const query = db.selectFrom('attempt').select(openColumns);
      const unsettled = query.where('cluster_id', '=', clusterId).where('state', '<>', 'settled');
      return (await unsettled.execute()).map(toOpen);
    },
    async countInFlight(campaignId) {
      const query = db.selectFrom('attempt').select(({ fn }) => fn.countAll().as('count'));
      const unsettled = query.where('campaign_id', '=', campaignId).where('state', '<>', 'settled');
      return Number((await unsettled.executeTakeFirst())?.count ?? 0);
    },
    async countAllInFlight() {
      const query = db.selectFrom('attempt').select(({ fn }) => fn.countAll().as('count'));
      const row = await query.where('state', '<>', 'settled').executeTakeFirst();
      return Number(row?.count ?? 0);
    },
    async findOpen(ids) {
      if (ids.length === 0) return [];
      const query = db.selectFrom('attempt').select(openColumns).where('id', 'in', ids);
      return (await query.where('state', '<>', 'settled').execute()).map(toOpen);
    },
    settle: (settlements) => settleAttempts(db, settlements),
    async saveFingerprints(rows) {
      if (rows.length === 0) return;
      await db
        .insertInto('fingerprint')
        .values(rows.map((row) => ({ hash: row.hash, content: JSON.stringify(row.content) })))
        .onConflict((conflict) => conflict.column('hash').doNothing())
        .execute();
    },
    async readFingerprint(hash) {
      const query = db.selectFrom('fingerprint').select('content').where('hash', '=', hash);
      return (await query.executeTakeFirst())?.content;
    },
    ...toldAhead(db),
    ...attemptReads(db),
  };
}

/** What is known of an attempt before it is settled. */
function toldAhead(db: Db): Pick<AttemptStore, 'noteAhead' | 'readAhead'> {
  return {
    async noteAhead({ attempt, bugcheckId, fingerprintHash, report }) {
      const evidence = report?.evidence.map((item) => ({ ...item, inline: null }));
      await db
        .updateTable('attempt')
        .set({
          bugcheck_id: bugcheckId,
          fingerprint_hash: fingerprintHash,
          copy_ms: report?.phases.copyMs ?? null,
          blackout_ms: report?.phases.blackoutMs ?? null,
          settle_ms: report?.phases.settleMs ?? null,
          timeline: JSON.stringify(report?.timeline ?? null),
          told_ahead: JSON.stringify({ ...report, evidence }),
        })
        .where('id', '=', attempt.id)
        .where('state', '<>', 'settled')
        .execute();
    },
    async readAhead(ids) {
      if (ids.length === 0) return new Map();
      const query = db.selectFrom('attempt').select(['id', 'told_ahead']).where('id', 'in', ids);
      const rows = await query.where('told_ahead', 'is not', null).execute();
      return new Map(rows.map((row) => [row.id, row.told_ahead as AttemptReport]));
    },
  };
}

function toInsert(attempt: NewAttempt) {
  return {
    id: attempt.id,
    campaign_id: attempt.campaignId,
    cluster_id: attempt.clusterId,
    ordinal: attempt.ordinal,
    arm: attempt.arm,
    probability: attempt.probability,
    action: attempt.action,
    vm_id: attempt.vmId,
    vm_name: attempt.vmName,
    source: attempt.source,
    target: attempt.target,
    state: sql<string>`'planned'`,
    planned_at: toIso(attempt.plannedAt),
  };
}

type OpenRow = Pick<Selectable<AttemptTable>, (typeof openColumns)[number]>;

function toOpen(row: OpenRow): OpenAttempt {
  return {
    id: row.id,
    campaignId: row.campaign_id,
    clusterId: row.cluster_id,
    vmId: row.vm_id,
    source: row.source,
    target: row.target,
    state: row.state as AttemptState,
    plannedAt: instantOf(row.planned_at),
    ordinal: row.ordinal,
    arm: row.arm,
    probability: row.probability,
    action: row.action as OpenAttempt['action'],
    vmName: row.vm_name,
    bugcheckId: row.bugcheck_id,
  };
}
