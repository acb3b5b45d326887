import { runMigrations } from 'bullmq';
import type { Pool } from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { createTestDatabase, testDatabaseUrl } from '../testing/test-services.ts';
import { installBulkAdd } from './bulk-add.ts';
import { createPostgresPool } from './postgres-pool.ts';

const aJob = { name: 'n', data: '{"n":1}', opts: { attempts: 3 }, timestamp: 1_000, attempts: 3 };

/** Ids given and not, one twice, one there already, one delayed, one last in and first out. */
const entries = [
  { ...aJob, id: 'given' },
  { ...aJob, id: '' },
  { ...aJob, id: 'twice', priority: 2 },
  { ...aJob, id: 'twice', name: 'other' },
  { ...aJob, id: 'there' },
  { ...aJob, id: 'delayed', delay: 500 },
  { ...aJob, id: 'lifo', lifo: true },
];

async function addedBy(prepare: (pool: Pool) => Promise<void>) {
  const database = await createTestDatabase();
  const pool = createPostgresPool({
    connectionString: database.url,
    max: 2,
    schema: 'bullmq',
    onError: () => {},
  });
  onTestFinished(async () => {
    await pool.end();
    await database[Symbol.asyncDispose]();
  });
  const client = await pool.connect();
  await runMigrations(client as unknown as Parameters<typeof runMigrations>[0]);
  client.release();
  await prepare(pool);
  await add(pool, [{ ...aJob, id: 'there', name: 'old' }]);
  const heard: string[] = [];
  const listener = await pool.connect();
  listener.on('notification', ({ payload }) => heard.push(payload ?? ''));
  await listener.query('listen bullmq_jobs');
  const ids = await add(pool, entries);
  const none = await add(pool, [{ ...aJob, id: 'there' }]);
  await listener.query('select 1');
  listener.release();
  const jobs = await pool.query(
    `select id, name, state, data, opts, priority, delay_ms, max_attempts, added_at_ms,
      process_at_ms, pending_deps from job order by seq`,
  );
  const events = await pool.query('select event, data from event order by id');
  return { ids, none, heard, jobs: jobs.rows, events: events.rows };
}

async function add(pool: Pool, jobs: readonly object[]): Promise<unknown[]> {
  const sql = 'select id from add_jobs_bulk($1, $2::jsonb) as t(id)';
  const { rows } = await pool.query(sql, ['q', JSON.stringify(jobs)]);
  return rows.map((row) => row.id);
}

test.skipIf(testDatabaseUrl === undefined)(
  'adds what BullMQ adds: the same ids, jobs, order, events and notifications',
  async () => {
    const theirs = await addedBy(async () => {});
    const ours = await addedBy(async (pool) => {
      const client = await pool.connect();
      await installBulkAdd(client);
      client.release();
      const { rows } = await pool.query(
        `select prosrc from pg_proc where proname = 'add_jobs_bulk_unlocked'
         and prosrc ilike '%temp table%'`,
      );
      expect(rows, 'BullMQ changed its function: look whether ours is still needed').toEqual([]);
    });
    expect(ours).toEqual(theirs);
    expect(ours.heard).toEqual(['q']);
  },
);
