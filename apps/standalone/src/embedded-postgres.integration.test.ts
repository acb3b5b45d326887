import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSilentLogger } from '@gauntlet/shared/platform/logger';
import type { SqlClient } from '@gauntlet/shared/platform/postgres-pool';
import { createPostgresQueueBackend } from '@gauntlet/shared/platform/queue-backend';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EmbeddedPostgres, openEmbeddedPostgres } from './embedded-postgres.ts';

const folder = mkdtempSync(join(tmpdir(), 'gauntlet-pglite-'));
let postgres: EmbeddedPostgres;

beforeAll(async () => {
  postgres = await openEmbeddedPostgres(folder);
});

afterAll(async () => {
  await postgres[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

test('a transaction keeps every other client out until it ends', async () => {
  const pool = postgres.pool('public');
  await pool.query('create table counter (n integer not null)');
  await pool.query('insert into counter values (0)');
  const increment = async () => {
    const client: SqlClient = await pool.connect();
    await client.query('begin');
    const { rows } = await client.query('select n from counter');
    await client.query('update counter set n = $1', [Number(rows[0]?.['n']) + 1]);
    await client.query('commit');
    client.release();
  };
  await Promise.all(Array.from({ length: 20 }, increment));
  expect((await pool.query('select n from counter')).rows).toEqual([{ n: 20 }]);
});

test('a client given back in mid-transaction rolls it back and lets the others in', async () => {
  const pool = postgres.pool('public');
  await pool.query('create table kept (n integer)');
  const client = await pool.connect();
  await client.query('begin');
  await client.query('insert into kept values (1)');
  client.release();
  expect((await pool.query('select n from kept')).rows).toEqual([]);
});

test('an error inside a transaction does not lock the database', async () => {
  const pool = postgres.pool('public');
  const client = await pool.connect();
  await client.query('begin');
  await expect(client.query('select nonsense')).rejects.toThrow(/nonsense/);
  await client.query('rollback');
  client.release();
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
});

test('each pool resolves names in its own schema', async () => {
  await postgres.pool('public').query('create schema other');
  await postgres.pool('other').query('create table same (who text)');
  await postgres.pool('public').query('create table same (who text)');
  await postgres.pool('other').query('insert into same values ($1)', ['other']);
  expect((await postgres.pool('public').query('select * from same')).rows).toEqual([]);
});

test('BullMQ hears of a new job at once through LISTEN', async () => {
  await using stack = new AsyncDisposableStack();
  const log = createSilentLogger();
  const backend = stack.use(
    await createPostgresQueueBackend({ pool: postgres.pool('bullmq'), log }),
  );
  const queue = backend.createQueue('jobs');
  stack.defer(() => queue.close());
  let onJob = () => {};
  const worker = backend.createWorker('jobs', async () => onJob(), { concurrency: 1 });
  stack.defer(() => worker.close());
  await worker.waitUntilReady();
  const startedAt = performance.now();
  for (let i = 0; i < 5; i += 1) {
    const ran = new Promise<void>((resolve) => {
      onJob = resolve;
    });
    await queue.add('job', { i });
    await ran;
  }
  // Polling alone would take seconds for each.
  expect(performance.now() - startedAt).toBeLessThan(4_000);
});
