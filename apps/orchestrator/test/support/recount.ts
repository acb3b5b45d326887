import type { SqlPool } from '@gauntlet/shared/platform/postgres-pool';
import { expect } from 'vitest';

/** Rule 2: tallies, cursor and buckets equal a recount of the rows they sum up. */
export async function expectTalliesToEqualRecount(pool: SqlPool, campaignId: string) {
  const { rows: told } = await pool.query(
    `select outcome, sum(attempts)::int as attempts from tally where campaign_id = $1
     group by outcome order by outcome`,
    [campaignId],
  );
  const { rows: counted } = await pool.query(
    `select outcome, count(*)::int as attempts from attempt
     where campaign_id = $1 and state = 'settled' group by outcome order by outcome`,
    [campaignId],
  );
  expect(told).toEqual(counted);
  const { rows: planned } = await pool.query(
    `select attempts_planned, (select count(*)::int from attempt where campaign_id = c.id) as stored
     from campaign c where id = $1`,
    [campaignId],
  );
  expect(planned[0]?.['attempts_planned']).toBe(planned[0]?.['stored']);
  const { rows: buckets } = await pool.query(
    `select (select coalesce(sum(bugchecks), 0)::int from campaign_bucket where campaign_id = $1) as told,
            (select count(*)::int from bugcheck where campaign_id = $1) as stored`,
    [campaignId],
  );
  expect(buckets[0]?.['told']).toBe(buckets[0]?.['stored']);
}
