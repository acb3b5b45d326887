import { toIso } from '@gauntlet/shared/kernel/instant';
import { sql } from 'kysely';
import type { NotificationStore } from '../../application/notify/ports.ts';
import type { Db } from './database.ts';
import { instantOf } from './times.ts';

const rowsMax = 100;

/** What happened between two moments, in three bounded reads. */
export function digestReads(db: Db): Pick<NotificationStore, 'readDigestFacts'> {
  return {
    async readDigestFacts(since, until) {
      const campaigns = await sql<{ id: string }>`
        select id from campaign
        where created_at <= ${toIso(until)} and (ended_at is null or ended_at > ${toIso(since)})
        order by id desc limit ${rowsMax}`.execute(db);
      const bugchecks = await sql<{ bucket_id: string; title: string; bugchecks: string | number }>`
        select data ->> 'bucketId' as bucket_id, max(data ->> 'title') as title,
          count(*) as bugchecks
        from event where kind = 'bugcheck' and at > ${toIso(since)} and at <= ${toIso(until)}
        group by 1 order by 3 desc, 1 limit ${rowsMax}`.execute(db);
      const trips = await sql<{
        campaign_id: string;
        at: { getTime(): number };
        because: string | null;
      }>`
        select campaign_id, at, data ->> 'because' as because from event
        where kind = 'guard' and at > ${toIso(since)} and at <= ${toIso(until)}
        order by seq limit ${rowsMax}`.execute(db);
      return {
        campaignIds: campaigns.rows.map((row) => row.id),
        bugchecks: bugchecks.rows.map((row) => ({
          bucketId: row.bucket_id,
          title: row.title,
          bugchecks: Number(row.bugchecks),
        })),
        guardTrips: trips.rows.map((row) => ({
          campaignId: row.campaign_id,
          at: instantOf(row.at),
          because: row.because ?? '',
        })),
      };
    },
  };
}
