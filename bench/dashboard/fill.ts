import { Client } from 'pg';

/**
 * Multiplies the attempts of a campaign that really ran until it has `attempts`, tallies and the
 * analysis's cells with them, as if it had run on.
 */
export async function fillAttempts(
  databaseUrl: string,
  campaignId: string,
  attempts: number,
): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ count: string; next: number }>(
      'select count(*), max(ordinal) + 1 as next from attempt where campaign_id = $1',
      [campaignId],
    );
    const { count, next } = rows[0] ?? { count: '1', next: 0 };
    await client.query(copyAttempts, [campaignId, next, attempts - 1]);
    const factor = (attempts - next) / Number(count) + 1;
    for (const statement of scaleCounts) await client.query(statement, [campaignId, factor]);
    await client.query('analyze attempt');
  } finally {
    await client.end();
  }
}

const copied = [
  'cluster_id',
  'arm',
  'probability',
  'action',
  'vm_id',
  'vm_name',
  'source',
  'target',
  'state',
  'outcome',
  'planned_at',
  'queued_at',
  'started_at',
  'settled_at',
  'queue_ms',
  'copy_ms',
  'blackout_ms',
  'settle_ms',
  'worker',
  'fingerprint_matches',
].join(', ');

const copyAttempts = `
  insert into attempt (id, campaign_id, ordinal, settled_seq, ${copied})
  select gen_random_uuid(), campaign_id, n, nextval('event_seq'), ${copied}
  from generate_series($2::int, $3::int) n
  join (
    select *, row_number() over (order by ordinal) - 1 as place, count(*) over () as total
    from attempt where campaign_id = $1 and outcome = 'clean'
  ) real on real.place = n % real.total`;

const scaleCounts = [
  `update tally set attempts = (attempts * $2::float8)::int
   where campaign_id = $1 and outcome = 'clean'`,
  `update exposure_cell set exposures = (exposures * $2::float8)::int, busy_ms = busy_ms * $2
   where campaign_id = $1`,
  `update campaign set attempts_planned = (attempts_planned * $2::float8)::int,
     cursor_next = (cursor_next * $2::float8)::int where id = $1`,
];
