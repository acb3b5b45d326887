import { systemIds } from '@gauntlet/shared/platform/ids';
import { createPostgresPool } from '@gauntlet/shared/platform/postgres-pool';
import { Client, type Pool } from 'pg';

/** PostgreSQL for tests; undefined where there is none. */
export const testDatabaseUrl = process.env['GAUNTLET_TEST_DATABASE_URL'];

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
  pool(schema: string): Pool;
}

/** An empty database of its own, dropped in the end. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const admin = testDatabaseUrl ?? 'postgres://root@127.0.0.1:5432/postgres';
  const name = `gauntlet_${systemIds.next().replaceAll('-', '')}`;
  await run(admin, `create database ${name}`);
  const url = new URL(admin);
  url.pathname = `/${name}`;
  const pools: Pool[] = [];
  return {
    url: url.href,
    pool(schema) {
      const waitForDisk = schema !== 'bullmq';
      const options = {
        connectionString: url.href,
        max: 20,
        schema,
        onError: () => {},
        waitForDisk,
      };
      const pool = createPostgresPool(options);
      pools.push(pool);
      return pool;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(pools.map((pool) => pool.end()));
      await run(admin, `drop database if exists ${name} with (force)`);
    },
  };
}

async function run(connectionString: string, sql: string): Promise<void> {
  const client = new Client({ connectionString });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
