import type { Outcome } from '@gauntlet/shared/domain/outcome';
import { toInstant, toIso } from '@gauntlet/shared/kernel/instant';
import { sql } from 'kysely';
import type { ReportStore } from '../../application/report/ports.ts';
import { toBugcheckRecord } from './bugcheck-store.ts';
import type { Db } from './database.ts';
import { instantOf, instantOrNull } from './times.ts';

type Moment = { getTime(): number };

/** Sums over attempts and over what retention made of older ones. */
export function createReportStore(db: Db): ReportStore {
  return {
    async readSpan(campaignId) {
      const { rows } = await sql<{
        first_at: Moment | null;
        last_at: Moment | null;
        rolled_up: string | number;
      }>`
        select least(a.first_at, h.first_at) as first_at,
          greatest(a.last_at, h.last_at) as last_at, coalesce(h.attempts, 0) as rolled_up
        from (select min(settled_at) as first_at, max(settled_at) as last_at
          from attempt where campaign_id = ${campaignId}) a,
          (select min(hour_at) as first_at, max(hour_at) as last_at, sum(attempts) as attempts
          from attempt_hour where campaign_id = ${campaignId}) h`.execute(db);
      const row = rows[0];
      return {
        firstAt: instantOrNull(row?.first_at ?? null),
        lastAt: instantOrNull(row?.last_at ?? null),
        rolledUp: Number(row?.rolled_up ?? 0),
      };
    },
    async readTimeline(campaignId, binMs) {
      const { rows } = await sql<{ bin: string | number; outcome: string; attempts: string }>`
        select floor(extract(epoch from at) * 1000 / ${binMs}::bigint)::bigint as bin, outcome,
          sum(attempts) as attempts
        from (
          select settled_at as at, outcome, 1 as attempts from attempt
          where campaign_id = ${campaignId} and settled_seq is not null
          union all
          select hour_at, outcome, attempts from attempt_hour where campaign_id = ${campaignId}
        ) all_of_them group by 1, 2 order by 1, 2`.execute(db);
      return rows.map((row) => ({
        startAt: toInstant(Number(row.bin) * binMs),
        outcome: row.outcome as Outcome,
        attempts: Number(row.attempts),
      }));
    },
    ...vmReads(db),
    ...fingerprintReads(db),
    ...findingReads(db),
  };
}

function vmReads(db: Db): Pick<ReportStore, 'readVms' | 'readListedVms'> {
  return {
    async readVms(campaignId, until, limit) {
      const { rows } = await sql<VmSums>`
        select arm, vm_name, outcome, sum(attempts) as attempts, sum(blackouts) as blackouts,
          sum(blackout_ms_sum) as blackout_ms_sum, max(blackout_ms_max) as blackout_ms_max
        from (
          select arm, vm_name, outcome, count(*) as attempts, count(blackout_ms) as blackouts,
            coalesce(sum(blackout_ms::double precision), 0) as blackout_ms_sum,
            max(blackout_ms::double precision) as blackout_ms_max
          from attempt where campaign_id = ${campaignId} and settled_seq is not null
            and settled_at <= ${toIso(until)}
          group by 1, 2, 3
          union all
          select arm, vm_name, outcome, attempts, blackouts, blackout_ms_sum, blackout_ms_max
          from attempt_hour where campaign_id = ${campaignId}
        ) all_of_them group by 1, 2, 3 order by 1, 2, 3 limit ${limit}`.execute(db);
      return rows.map((row) => ({
        arm: row.arm,
        vm: row.vm_name,
        outcome: row.outcome as Outcome,
        attempts: Number(row.attempts),
        blackouts: Number(row.blackouts),
        blackoutMsSum: Number(row.blackout_ms_sum),
        blackoutMsMax: row.blackout_ms_max === null ? null : Number(row.blackout_ms_max),
      }));
    },
    async readListedVms(campaignId, { arm, until }) {
      const { rows } = await sql<{ vm_name: string; outcome: string; attempts: string | number }>`
        select vm_name, outcome, count(*) as attempts from attempt
        where campaign_id = ${campaignId} and arm = ${arm} and outcome <> 'clean'
          and settled_at <= ${toIso(until)}
        group by 1, 2`.execute(db);
      return rows.map((row) => ({
        vm: row.vm_name,
        outcome: row.outcome as Outcome,
        attempts: Number(row.attempts),
      }));
    },
  };
}

function fingerprintReads(db: Db): Pick<ReportStore, 'readFingerprints'> {
  return {
    async readFingerprints(campaignId, limit) {
      const { rows } = await sql<{
        hash: string;
        first_at: Moment;
        last_at: Moment;
        attempts: string | number;
        content: unknown;
      }>`
        select uses.*, f.content from (
          select hash, min(first_at) as first_at, max(last_at) as last_at,
            sum(attempts) as attempts
          from (
            select fingerprint_hash as hash, min(settled_at) as first_at,
              max(settled_at) as last_at, count(*) as attempts
            from attempt where campaign_id = ${campaignId} and fingerprint_hash is not null
              and settled_seq is not null
            group by 1
            union all
            select hash, first_at, last_at, attempts from fingerprint_use
            where campaign_id = ${campaignId}
          ) all_of_them group by hash order by 2, 1 limit ${limit}
        ) uses join fingerprint f on f.hash = uses.hash order by uses.first_at, uses.hash`.execute(
        db,
      );
      return rows.map((row) => ({
        hash: row.hash,
        firstAt: instantOf(row.first_at),
        lastAt: instantOf(row.last_at),
        attempts: Number(row.attempts),
        content: row.content,
      }));
    },
  };
}

interface VmSums {
  readonly arm: number;
  readonly vm_name: string;
  readonly outcome: string;
  readonly attempts: string | number;
  readonly blackouts: string | number;
  readonly blackout_ms_sum: string | number;
  readonly blackout_ms_max: string | number | null;
}

function findingReads(db: Db): Pick<ReportStore, 'readBuckets' | 'readBugchecks'> {
  return {
    async readBuckets(campaignId) {
      const rows = await db
        .selectFrom('campaign_bucket')
        .select(['bucket_id', 'arm', 'bugchecks'])
        .where('campaign_id', '=', campaignId)
        .orderBy('bugchecks', 'desc')
        .orderBy('bucket_id')
        .limit(1_000)
        .execute();
      return rows.map(({ bucket_id: bucketId, arm, bugchecks }) => ({ bucketId, arm, bugchecks }));
    },
    async readBugchecks(attemptIds) {
      if (attemptIds.length === 0) return [];
      const rows = await db
        .selectFrom('bugcheck')
        .innerJoin('bucket', 'bucket.id', 'bugcheck.bucket_id')
        .selectAll('bugcheck')
        .select('bucket.title')
        .where('bugcheck.attempt_id', 'in', attemptIds)
        .execute();
      return rows.map(({ title, ...row }) => ({ ...toBugcheckRecord(row), title }));
    },
  };
}
