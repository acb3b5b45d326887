import { toIso } from '@gauntlet/shared/kernel/instant';
import type { Selectable } from 'kysely';
import { sql } from 'kysely';
import type { LaneStore } from '../../application/ports.ts';
import { toStored } from './attempt-reads.ts';
import { toCampaignRecord } from './campaign-store.ts';
import type { AttemptTable, Db } from './database.ts';
import { instantOf } from './times.ts';

/** What moves on a cluster, and what moved lately. Each read follows an index and is bounded. */
export function createLaneStore(db: Db): LaneStore {
  return {
    async listInFlight(clusterId) {
      const query = db.selectFrom('attempt').selectAll().where('cluster_id', '=', clusterId);
      return (await query.where('state', '<>', 'settled').execute()).map(toStored);
    },
    async listSettledSince(clusterId, since, limit) {
      // By way of the campaigns that ran then: the index is on (campaign_id, settled_seq).
      const { rows } = await sql<Selectable<AttemptTable>>`
        select a.* from campaign c cross join lateral (
          select * from attempt
          where campaign_id = c.id and settled_seq is not null
          order by settled_seq desc limit ${limit}
        ) a
        where c.cluster_id = ${clusterId} and (c.ended_at is null or c.ended_at >= ${toIso(since)})
          and a.settled_at >= ${toIso(since)}
        order by a.settled_seq desc limit ${limit}`.execute(db);
      return rows.map(toStored);
    },
    async listCampaignsSince(clusterId, since) {
      const query = db.selectFrom('campaign').selectAll().where('cluster_id', '=', clusterId);
      const recent = query.where(sql<boolean>`(ended_at is null or ended_at >= ${toIso(since)})`);
      return (await recent.orderBy('id').execute()).map(toCampaignRecord);
    },
    async listMarksSince(campaignIds, since, limit) {
      if (campaignIds.length === 0) return [];
      const rows = await db
        .selectFrom('event')
        .select(['campaign_id', 'kind', 'at', 'data'])
        .where('campaign_id', 'in', campaignIds)
        .where('kind', 'in', ['guard', 'state'])
        .where(sql<boolean>`at >= ${toIso(since)}`)
        .orderBy('seq', 'desc')
        .limit(limit)
        .execute();
      return rows.map((row) => ({
        campaignId: row.campaign_id,
        kind: row.kind === 'guard' ? 'guard' : 'state',
        at: instantOf(row.at),
        data: row.data as Record<string, unknown>,
      }));
    },
  };
}
