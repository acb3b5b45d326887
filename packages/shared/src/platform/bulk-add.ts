import { createHash } from 'node:crypto';
import type { SqlClient } from './postgres-pool.ts';

/** MD5 of the body that BullMQ 6 installs; any other is left as it is. */
const knownBody = '42eb8cf9c059fb383ea40eda1a65972e';
const functionName = 'add_jobs_bulk_unlocked';

/**
 * BullMQ adds jobs in bulk by way of two temporary tables. Each call then writes some eighty rows of
 * the system catalogues and deletes them again: ten times the cost of the jobs themselves, and on the
 * embedded database, which has no autovacuum, catalogues that grow with every batch. This is the same
 * function as one statement: same ids, same order, same events, same notification.
 */
export async function installBulkAdd(client: SqlClient): Promise<void> {
  const { rows } = await client.query(
    `select prosrc as body from pg_proc
     where proname = $1 and pronamespace = current_schema()::regnamespace`,
    [functionName],
  );
  const body = rows[0]?.['body'];
  if (typeof body !== 'string' || md5(body) !== knownBody) return;
  await client.query(createFunction);
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}

const createFunction = `
create or replace function ${functionName}(p_queue text, p_entries jsonb)
returns setof text
language plpgsql
set search_path from current
as $$
declare
  v_seq_name text := job_id_seq_name(p_queue);
  v_ids text[];
  v_inserted bigint;
begin
  if to_regclass(v_seq_name) is null then
    perform pg_advisory_xact_lock(hashtext('bullmq:jidseq:' || p_queue));
    execute format('create sequence if not exists %I', v_seq_name);
  end if;

  with prepared as materialized (
    select
      ord,
      coalesce(nullif(j->>'id', ''), nextval(v_seq_name::regclass)::text) as id,
      j->>'name' as name,
      coalesce((j->>'data')::jsonb, '{}'::jsonb) as data,
      coalesce(j->'opts', '{}'::jsonb) as opts,
      coalesce((j->>'priority')::integer, 0) as priority,
      coalesce((j->>'delay')::bigint, 0) as delay,
      coalesce((j->>'timestamp')::bigint, 0) as ts,
      coalesce((j->>'attempts')::integer, 1) as attempts,
      j->>'schedulerId' as scheduler_id,
      coalesce((j->>'lifo')::boolean, false) as lifo
    from jsonb_array_elements(p_entries) with ordinality as e(j, ord)
  ),
  -- Numbers of one sequence, the smallest to the first entry, in whatever order they were drawn.
  reserved as materialized (select nextval('job_seq') as s from prepared),
  numbered as (select s, row_number() over (order by s) as rn from reserved),
  final as materialized (
    select p.*,
      case when p.lifo then -n.s else n.s end as seq,
      case when p.delay > 0 then 'delayed'::job_state else 'waiting'::job_state end as state,
      case when p.delay > 0 then p.ts + p.delay else null end as process_at
    from (select prepared.*, row_number() over (order by ord) as rn from prepared) p
    join numbered n on n.rn = p.rn
  ),
  inserted as (
    insert into job (
      queue, id, seq, name, state, data, opts, priority, delay_ms, max_attempts,
      added_at_ms, process_at_ms, scheduler_id, pending_deps
    )
    select p_queue, id, seq, name, state, data, opts, priority, delay, attempts,
      ts, process_at, scheduler_id, 0
    from final order by ord
    on conflict (queue, id) do nothing
    returning id, name, state, process_at_ms
  ),
  told as (
    insert into event (queue, event, data, created_at_ms)
    select p_queue, ev, dat, (extract(epoch from clock_timestamp()) * 1000)::bigint
    from (
      select i.*, (select min(f.ord) from final f where f.id = i.id) as ord from inserted i
    ) i
    cross join lateral (values
      (0, 'added', jsonb_build_object('jobId', i.id, 'name', i.name)),
      (1, i.state::text, case when i.state = 'waiting'
        then jsonb_build_object('jobId', i.id)
        else jsonb_build_object('jobId', i.id, 'delay', i.process_at_ms) end)
    ) as happened(step, ev, dat)
    order by i.ord, step
  )
  select array_agg(final.id order by final.ord), (select count(*) from inserted)
  into v_ids, v_inserted
  from final;

  if v_inserted > 0 then
    perform pg_notify('bullmq_jobs', p_queue);
  end if;
  return query select unnest(v_ids);
end;
$$`;
