import Type from 'typebox';
import { ClusterDefinition } from '../contracts/cluster-definition.ts';
import type { Coordination } from '../contracts/coordination.ts';
import { parse } from '../contracts/parse.ts';
import type { SqlPool } from './postgres-pool.ts';

const Directory = Type.Array(ClusterDefinition);

/** Two workers that start at once would otherwise both create the schema, and one would fail. */
const schemaLockKey = 0x6761756e;

const createTables = `
  create schema if not exists coordination;
  create table if not exists coordination.directory (
    only_row boolean primary key default true check (only_row),
    clusters jsonb not null
  );
  create table if not exists coordination.lease (
    cluster_id text primary key,
    held_until timestamptz not null
  );`;

/** Two tables in a schema of their own; time is the database's `clock_timestamp()`. */
export async function createPostgresCoordination(pool: SqlPool): Promise<Coordination> {
  await createSchema(pool);
  return {
    async publishClusters(clusters) {
      await pool.query(
        `insert into coordination.directory (clusters) values ($1)
         on conflict (only_row) do update set clusters = excluded.clusters`,
        [JSON.stringify(clusters)],
      );
    },
    async readClusters() {
      const { rows } = await pool.query('select clusters from coordination.directory');
      const [row] = rows;
      return row === undefined ? [] : parse(Directory, row['clusters'], 'cluster directory');
    },
    async renewLeases(clusterIds, ttlMs) {
      if (clusterIds.length === 0) return;
      await pool.query(
        `insert into coordination.lease (cluster_id, held_until)
         select id, clock_timestamp() + $2::float8 * interval '1 millisecond'
         from unnest($1::text[]) as id
         on conflict (cluster_id) do update set held_until = excluded.held_until`,
        [[...clusterIds], ttlMs],
      );
    },
    async revokeLeases(clusterIds) {
      if (clusterIds.length === 0) return;
      await pool.query('delete from coordination.lease where cluster_id = any($1::text[])', [
        [...clusterIds],
      ]);
    },
    async holdsLease(clusterId) {
      const { rows } = await pool.query(
        `select 1 from coordination.lease
         where cluster_id = $1 and held_until > clock_timestamp()`,
        [clusterId],
      );
      return rows.length === 1;
    },
    // The pool is the caller's.
    async [Symbol.asyncDispose]() {},
  };
}

async function createSchema(pool: SqlPool): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query('select pg_advisory_xact_lock($1)', [schemaLockKey]);
    for (const statement of createTables.split(';')) {
      if (statement.trim() !== '') await client.query(statement);
    }
    await client.query('commit');
  } catch (error) {
    await client.query('rollback').catch(() => {});
    throw error;
  } finally {
    client.release();
  }
}
