import { type Kysely, sql } from 'kysely';

/** How long a campaign truly ran, what its last attempts took, and when its schedule ends it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}

const statements = [
  `alter table campaign
    add column running_ms double precision not null default 0,
    add column running_since timestamptz,
    add column ends_at timestamptz,
    add column recent_attempt_ms double precision[] not null default '{}'`,
  // Every change of a state was told as an event: the spans it ran in are all there.
  `update campaign set
    running_ms = coalesce((
      select sum(extract(epoch from spans.until - spans.at)) * 1000 from (
        select at, data->>'state' as state, lead(at) over (order by seq) as until
        from event where campaign_id = campaign.id and kind = 'state'
      ) spans where spans.state = 'running' and spans.until is not null), 0),
    running_since = case when state = 'running' then (
      select max(at) from event where campaign_id = campaign.id and kind = 'state') end`,
  // Until now a schedule ended its campaigns by their durationMsMax, by the clock on the wall.
  `update campaign set
    ends_at = started_at + (config->'stop'->>'durationMsMax')::bigint * interval '1 millisecond'
    where schedule_id is not null and ended_at is null
      and config->'stop'->>'durationMsMax' is not null`,
  // One attempt that hung must not shorten every later night: the last ones count, not the longest.
  `update campaign set recent_attempt_ms = array[longest_attempt_ms] where longest_attempt_ms > 0`,
  `alter table campaign drop column longest_attempt_ms`,
];
