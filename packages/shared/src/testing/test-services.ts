import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** What `tools/services.ts` found; undefined where there is none and the tests must be skipped. */
export const testDatabaseUrl = orUndefined(process.env['GAUNTLET_TEST_DATABASE_URL']);
export const testRedisUrl = orUndefined(process.env['GAUNTLET_TEST_REDIS_URL']);

function orUndefined(value: string | undefined): string | undefined {
  return value === '' ? undefined : value;
}

export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
}

/** An empty database with a name of its own, dropped when disposed of, connections or not. */
export async function createTestDatabase(): Promise<TestDatabase> {
  if (testDatabaseUrl === undefined) throw new Error('no PostgreSQL: guard with testDatabaseUrl');
  const server = testDatabaseUrl;
  const name = `gauntlet_test_${randomBytes(6).toString('hex')}`;
  await runOn(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    [Symbol.asyncDispose]: () => runOn(server, `drop database if exists ${name} with (force)`),
  };
}

async function runOn(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
