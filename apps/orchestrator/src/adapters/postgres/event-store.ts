import { toIso } from '@gauntlet/shared/kernel/instant';
import { sql } from 'kysely';
import type { EventStore } from '../../application/ports.ts';
import type { CampaignEvent } from '../../application/use-cases.ts';
import type { Db } from './database.ts';
import { instantOf } from './times.ts';

/**
 * Events that stand for themselves are rows; a settled attempt is its own event, under the number
 * it was settled with. Both draw from one sequence, so one number orders a campaign's whole story.
 */
export function createEventStore(db: Db): EventStore {
  return {
    async append(campaignId, { kind, at, data }) {
      // In one statement with the entry that notifications are made of: both are there or neither.
      await sql`
        with added as (
          insert into event (seq, campaign_id, kind, at, data)
          values (nextval('event_seq'), ${campaignId}, ${kind}, ${toIso(at)},
            ${JSON.stringify(data)}::jsonb)
          returning seq, campaign_id, kind, at, data
        )
        insert into outbox (event_seq, campaign_id, kind, at, data)
        select seq, campaign_id, kind, at, data from added`.execute(db);
    },
    async read(campaignId, afterSeq, limit) {
      const [own, settled] = await Promise.all([
        readOwn(db, campaignId, { afterSeq, limit }),
        readSettled(db, campaignId, { afterSeq, limit }),
      ]);
      return [...own, ...settled].sort((a, b) => a.seq - b.seq).slice(0, limit);
    },
    async latestSeq(campaignId) {
      const { rows } = await sql<{ seq: string | number | null }>`
        select greatest(
          (select max(seq) from event where campaign_id = ${campaignId}),
          (select max(settled_seq) from attempt where campaign_id = ${campaignId})
        ) as seq`.execute(db);
      return Number(rows[0]?.seq ?? 0);
    },
  };
}

interface Range {
  readonly afterSeq: number;
  readonly limit: number;
}

async function readOwn(db: Db, campaignId: string, range: Range): Promise<CampaignEvent[]> {
  const rows = await db
    .selectFrom('event')
    .select(['seq', 'kind', 'at', 'data'])
    .where('campaign_id', '=', campaignId)
    .where('seq', '>', range.afterSeq)
    .orderBy('seq')
    .limit(range.limit)
    .execute();
  return rows.map((row) => ({
    seq: Number(row.seq),
    kind: row.kind as CampaignEvent['kind'],
    at: toIso(instantOf(row.at)),
    data: row.data as Record<string, unknown>,
  }));
}

async function readSettled(db: Db, campaignId: string, range: Range): Promise<CampaignEvent[]> {
  const rows = await db
    .selectFrom('attempt')
    .select(['settled_seq', 'settled_at', 'id', 'ordinal', 'arm', 'vm_name'])
    .select(['source', 'target', 'outcome', 'bugcheck_id', 'blackout_ms'])
    .where('campaign_id', '=', campaignId)
    .where('settled_seq', '>', range.afterSeq)
    .orderBy('settled_seq')
    .limit(range.limit)
    .execute();
  return rows.map((row) => ({
    seq: Number(row.settled_seq),
    kind: 'attempt-settled' as const,
    at: row.settled_at === null ? '' : toIso(instantOf(row.settled_at)),
    data: {
      attemptId: row.id,
      ordinal: row.ordinal,
      arm: row.arm,
      vm: row.vm_name,
      source: row.source,
      target: row.target,
      outcome: row.outcome,
      bugcheckId: row.bugcheck_id,
      blackoutMs: row.blackout_ms,
    },
  }));
}
