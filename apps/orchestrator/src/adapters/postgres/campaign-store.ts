import type { CampaignConfig } from '@gauntlet/shared/contracts/campaigns';
import type { CampaignState } from '@gauntlet/shared/domain/campaign';
import type { Outcome } from '@gauntlet/shared/domain/outcome';
import { toIso } from '@gauntlet/shared/kernel/instant';
import { drawVersion } from '@gauntlet/shared/kernel/stream';
import { type Selectable, sql } from 'kysely';
import type { CampaignStore } from '../../application/ports.ts';
import type {
  CampaignBefore,
  CampaignPlan,
  CampaignRecord,
  CampaignSafety,
} from '../../application/records.ts';
import type { CampaignTable, Db } from './database.ts';
import { decodeIdCursor, toPage } from './paging.ts';
import { instantOf, instantOrNull } from './times.ts';

const activeStates = ['running', 'paused', 'waiting-for-window', 'stopping'];

export function createCampaignStore(db: Db): CampaignStore {
  return {
    async insert(campaign) {
      await db.insertInto('campaign').values(toInsert(campaign)).execute();
    },
    async find(id) {
      const query = db.selectFrom('campaign').selectAll().where('id', '=', id);
      const row = await query.executeTakeFirst();
      return row === undefined ? undefined : toCampaignRecord(row);
    },
    async list({ state }, { limit, cursor }) {
      // Newest first: ids are UUIDv7, so their order is the order of creation.
      let query = db
        .selectFrom('campaign')
        .selectAll()
        .orderBy('id', 'desc')
        .limit(limit + 1);
      if (state !== undefined) query = query.where('state', '=', state);
      if (cursor !== undefined) query = query.where('id', '<', decodeIdCursor(cursor));
      return toPage(await query.execute(), limit, { item: toCampaignRecord, key: (row) => row.id });
    },
    async listActive(clusterId) {
      const query = db.selectFrom('campaign').selectAll().where('cluster_id', '=', clusterId);
      const rows = await query.where('state', 'in', activeStates).orderBy('id').execute();
      return rows.map(toCampaignRecord);
    },
    async listActiveClusterIds() {
      const query = db.selectFrom('campaign').select('cluster_id').distinct();
      const rows = await query.where('state', 'in', activeStates).execute();
      return rows.map((row) => row.cluster_id);
    },
    async countOf(clusterId) {
      const query = db.selectFrom('campaign').select(({ fn }) => fn.countAll().as('count'));
      const row = await query.where('cluster_id', '=', clusterId).executeTakeFirst();
      return Number(row?.count ?? 0);
    },
    async readMeanAttemptMs(clusterId) {
      // By way of the newest campaigns: the index on (campaign_id, settled_seq) keeps this short.
      const { rows } = await sql<{ mean: number | string | null }>`
        select avg(extract(epoch from (settled_at - started_at)) * 1000) as mean from (
          select a.settled_at, a.started_at
          from (select id from campaign where cluster_id = ${clusterId} order by id desc limit 3) c
          cross join lateral (
            select settled_at, started_at from attempt
            where campaign_id = c.id and settled_seq is not null and started_at is not null
            order by settled_seq desc limit 100
          ) a
        ) recent`.execute(db);
      const mean = rows[0]?.mean ?? null;
      return mean === null ? null : Number(mean);
    },
    async saveBefore(id, before) {
      const row = { campaign_id: id, content: JSON.stringify(before) };
      await db
        .insertInto('campaign_before')
        .values(row)
        .onConflict((conflict) =>
          conflict.column('campaign_id').doUpdateSet({ content: row.content }),
        )
        .execute();
    },
    async readBefore(id) {
      const query = db.selectFrom('campaign_before').select('content');
      const row = await query.where('campaign_id', '=', id).executeTakeFirst();
      return row?.content as CampaignBefore | undefined;
    },
    async update(id, change) {
      await db.updateTable('campaign').set(toUpdate(change)).where('id', '=', id).execute();
    },
    ...createTallies(db),
  };
}

function createTallies(db: Db): Pick<CampaignStore, 'readTallies' | 'addTallies' | 'readBuckets'> {
  return {
    async readTallies(id) {
      const query = db.selectFrom('tally').select(['arm', 'outcome', 'counted', 'attempts']);
      const rows = await query.where('campaign_id', '=', id).execute();
      return rows.map((row) => ({ ...row, outcome: row.outcome as Outcome }));
    },
    async addTallies(rows) {
      if (rows.length === 0) return;
      await db
        .insertInto('tally')
        .values(
          rows.map((row) => ({
            campaign_id: row.campaignId,
            arm: row.arm,
            outcome: row.outcome,
            counted: row.counted,
            attempts: row.attempts,
          })),
        )
        .onConflict((conflict) =>
          conflict.columns(['campaign_id', 'arm', 'outcome', 'counted']).doUpdateSet({
            attempts: sql`tally.attempts + excluded.attempts`,
          }),
        )
        .execute();
    },
    async readBuckets(id, limit) {
      const rows = await db
        .selectFrom('campaign_bucket')
        .select('bucket_id')
        .select(({ fn }) => fn.sum('bugchecks').as('bugchecks'))
        .where('campaign_id', '=', id)
        .groupBy('bucket_id')
        .orderBy('bugchecks', 'desc')
        .orderBy('bucket_id')
        .limit(limit)
        .execute();
      return rows.map((row) => ({ bucketId: row.bucket_id, bugchecks: Number(row.bugchecks) }));
    },
  };
}

export function toCampaignRecord(row: Selectable<CampaignTable>): CampaignRecord {
  return {
    id: row.id,
    name: row.name,
    clusterId: row.cluster_id,
    state: row.state as CampaignState,
    blockedBecause: row.blocked_because,
    createdAt: instantOf(row.created_at),
    startedAt: instantOrNull(row.started_at),
    endedAt: instantOrNull(row.ended_at),
    endReason: row.end_reason,
    config: row.config as CampaignConfig,
    plan: row.plan as CampaignPlan,
    cursor: {
      next: row.cursor_next,
      ahead: row.cursor_ahead,
      planned: row.attempts_planned,
      skipped: row.attempts_skipped,
    },
    failedInARow: row.failed_in_a_row,
    lastBugcheckId: row.last_bugcheck_id,
    safety: row.safety as CampaignSafety,
    recentAttemptMs: row.recent_attempt_ms,
    runningMs: row.running_ms,
    runningSince: instantOrNull(row.running_since),
    endsAt: instantOrNull(row.ends_at),
    scheduleId: row.schedule_id,
  };
}

function toInsert(campaign: CampaignRecord) {
  return {
    id: campaign.id,
    name: campaign.name,
    cluster_id: campaign.clusterId,
    state: campaign.state,
    blocked_because: campaign.blockedBecause,
    created_at: toIso(campaign.createdAt),
    started_at: isoOrNull(campaign.startedAt),
    running_since: isoOrNull(campaign.runningSince),
    ends_at: isoOrNull(campaign.endsAt),
    ended_at: null,
    end_reason: null,
    config: JSON.stringify(campaign.config),
    plan: JSON.stringify(campaign.plan),
    draw_version: drawVersion,
    cursor_next: campaign.cursor.next,
    cursor_ahead: [...campaign.cursor.ahead],
    attempts_planned: campaign.cursor.planned,
    attempts_skipped: campaign.cursor.skipped,
    failed_in_a_row: 0,
    last_bugcheck_id: null,
    safety: JSON.stringify(campaign.safety),
    schedule_id: campaign.scheduleId,
  };
}

function toUpdate(change: Parameters<CampaignStore['update']>[1]) {
  const { cursor } = change;
  return {
    ...(change.state !== undefined && { state: change.state }),
    ...(change.blockedBecause !== undefined && { blocked_because: change.blockedBecause }),
    ...(change.startedAt !== undefined && { started_at: isoOrNull(change.startedAt) }),
    ...(change.endedAt !== undefined && { ended_at: isoOrNull(change.endedAt) }),
    ...(change.endReason !== undefined && { end_reason: change.endReason }),
    ...(change.failedInARow !== undefined && { failed_in_a_row: change.failedInARow }),
    ...(change.lastBugcheckId !== undefined && { last_bugcheck_id: change.lastBugcheckId }),
    ...(change.safety !== undefined && { safety: JSON.stringify(change.safety) }),
    ...(change.recentAttemptMs !== undefined && {
      recent_attempt_ms: [...change.recentAttemptMs],
    }),
    ...(change.runningMs !== undefined && { running_ms: change.runningMs }),
    ...(change.runningSince !== undefined && { running_since: isoOrNull(change.runningSince) }),
    ...(cursor !== undefined && {
      cursor_next: cursor.next,
      cursor_ahead: [...cursor.ahead],
      attempts_planned: cursor.planned,
      attempts_skipped: cursor.skipped,
    }),
  };
}

function isoOrNull(at: CampaignRecord['endedAt']): string | null {
  return at === null ? null : toIso(at);
}
