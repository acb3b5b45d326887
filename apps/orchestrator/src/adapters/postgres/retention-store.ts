import { toIso } from '@gauntlet/shared/kernel/instant';
import { sql } from 'kysely';
import type { RetentionStore } from '../../application/retention/ports.ts';
import type { Db } from './database.ts';

/** Settled, nothing found, no evidence: of `a`, an attempt. */
const rollable = sql`a.settled_seq is not null and a.bugcheck_id is null
  and a.outcome in ('clean', 'migration-failed', 'rig-fault', 'indeterminate', 'cancelled')
  and not exists (select 1 from evidence e where e.attempt_id = a.id)`;

const activeStates = sql`('running', 'paused', 'waiting-for-window', 'stopping')`;

/** Of `a`, an attempt with evidence: in a campaign that is not over. */
const isOpen = sql`exists (select 1 from campaign c
  where c.id = a.campaign_id and c.state in ${activeStates})`;

/** Of `a`: its bugcheck is in a bucket that somebody works on. */
const isTriaged = sql`exists (select 1 from bugcheck b join bucket k on k.id = b.bucket_id
  where b.attempt_id = a.id and k.status = 'triaged')`;

export function createRetentionStore(db: Db): RetentionStore {
  return { ...settingsAccess(db), ...attemptAccess(db), ...evidenceAccess(db) };
}

function settingsAccess(db: Db): Pick<RetentionStore, 'readSettings' | 'saveSettings'> {
  return {
    async readSettings() {
      const row = await db.selectFrom('retention_setting').selectAll().executeTakeFirst();
      if (row === undefined) return undefined;
      return { attemptsDays: row.attempts_days, evidenceDays: row.evidence_days };
    },
    async saveSettings({ attemptsDays, evidenceDays }) {
      const values = { attempts_days: attemptsDays, evidence_days: evidenceDays };
      await db
        .insertInto('retention_setting')
        .values({ only_one: true, ...values })
        .onConflict((conflict) => conflict.column('only_one').doUpdateSet(values))
        .execute();
    },
  };
}

function attemptAccess(db: Db): Pick<RetentionStore, 'countAttempts' | 'listCampaigns' | 'rollUp'> {
  return {
    async countAttempts(before) {
      const { rows } = await sql<{ id: string; name: string; attempts: string | number }>`
        select c.id, c.name, count(*) as attempts
        from campaign c join attempt a on a.campaign_id = c.id
        where c.created_at < ${toIso(before)} and a.settled_at < ${toIso(before)} and ${rollable}
        group by c.id, c.name order by 3 desc, 1`.execute(db);
      return rows.map((row) => ({ ...row, attempts: Number(row.attempts) }));
    },
    async listCampaigns(before, limit) {
      // The oldest attempt that can go decides; the index on (campaign_id, settled_seq) finds it.
      const { rows } = await sql<{ id: string }>`
        select c.id from campaign c cross join lateral (
          select a.settled_at from attempt a where a.campaign_id = c.id and ${rollable}
          order by a.settled_seq limit 1
        ) oldest
        where c.created_at < ${toIso(before)} and oldest.settled_at < ${toIso(before)}
        order by c.id limit ${limit}`.execute(db);
      return rows.map((row) => row.id);
    },
    async rollUp(campaignId, before, limit) {
      const { rows } = await sql<{ attempts: string | number }>`
        with gone as (
          delete from attempt where id in (
            select a.id from attempt a
            where a.campaign_id = ${campaignId} and a.settled_at < ${toIso(before)} and ${rollable}
            order by a.settled_seq limit ${limit}
          ) returning *
        ), tallied as (
          insert into attempt_hour
          select campaign_id, date_trunc('hour', settled_at), arm, vm_name, source, target, outcome,
            count(*), count(blackout_ms), coalesce(sum(blackout_ms::double precision), 0),
            max(blackout_ms::double precision)
          from gone group by 1, 2, 3, 4, 5, 6, 7
          on conflict (campaign_id, hour_at, arm, vm_name, source, target, outcome) do update set
            attempts = attempt_hour.attempts + excluded.attempts,
            blackouts = attempt_hour.blackouts + excluded.blackouts,
            blackout_ms_sum = attempt_hour.blackout_ms_sum + excluded.blackout_ms_sum,
            blackout_ms_max = greatest(attempt_hour.blackout_ms_max, excluded.blackout_ms_max)
        ), noted as (
          insert into fingerprint_use
          select campaign_id, fingerprint_hash, min(settled_at), max(settled_at), count(*)
          from gone where fingerprint_hash is not null group by 1, 2
          on conflict (campaign_id, hash) do update set
            first_at = least(fingerprint_use.first_at, excluded.first_at),
            last_at = greatest(fingerprint_use.last_at, excluded.last_at),
            attempts = fingerprint_use.attempts + excluded.attempts
        )
        select count(*) as attempts from gone`.execute(db);
      return Number(rows[0]?.attempts ?? 0);
    },
  };
}

function evidenceAccess(
  db: Db,
): Pick<RetentionStore, 'countEvidence' | 'dropEvidence' | 'listReferenced'> {
  return {
    async countEvidence(before) {
      const { rows } = await sql<Record<'to_drop' | 'bytes' | 'triaged' | 'open', string | number>>`
        with old as (
          select e.sha256, e.size_bytes, ${isTriaged} as triaged, ${isOpen} as open
          from evidence e join attempt a on a.id = e.attempt_id
          where a.settled_at < ${toIso(before)}
        )
        select count(*) filter (where not triaged and not open) as to_drop,
          count(*) filter (where triaged) as triaged, count(*) filter (where open) as open,
          (select coalesce(sum(size_bytes), 0) from (
            select sha256, max(size_bytes) as size_bytes from old
            group by 1 having not bool_or(triaged or open)
          ) contents) as bytes
        from old`.execute(db);
      const row = rows[0];
      return {
        toDrop: Number(row?.to_drop ?? 0),
        bytesToDrop: Number(row?.bytes ?? 0),
        pinnedByTriagedBuckets: Number(row?.triaged ?? 0),
        pinnedByOpenCampaigns: Number(row?.open ?? 0),
      };
    },
    async dropEvidence(before, limit) {
      const { rows } = await sql<{ sha256: string }>`
        delete from evidence where (attempt_id, position) in (
          select e.attempt_id, e.position from evidence e join attempt a on a.id = e.attempt_id
          where a.settled_at < ${toIso(before)} and not ${isTriaged} and not ${isOpen}
          order by e.attempt_id, e.position limit ${limit}
        ) returning sha256`.execute(db);
      return rows.length;
    },
    async listReferenced(hashes) {
      if (hashes.length === 0) return new Set();
      const query = db.selectFrom('evidence').select('sha256').distinct();
      const rows = await query.where('sha256', 'in', hashes).execute();
      return new Set(rows.map((row) => row.sha256));
    },
  };
}
