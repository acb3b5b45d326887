import { EventEmitter } from 'node:events';
import { PGlite, type Results } from '@electric-sql/pglite';
import type { SqlClient, SqlPool, SqlResult } from '@gauntlet/shared/platform/postgres-pool';
import { createSessionGate, type Leave } from './session-gate.ts';
import { verbOf } from './sql-verb.ts';

/** A PostgreSQL in a folder: no server, one session, one process. */
export interface EmbeddedPostgres extends AsyncDisposable {
  /** A `pg.Pool` by shape, whose unqualified names resolve in the schema `schema`. */
  pool(schema: string): SqlPool;
}

/**
 * Opens the database in `dataDir`, or makes it. PGlite has a single session, so every client of
 * every pool shares it: statements take turns, a transaction keeps the others out until it ends,
 * and the search path follows whoever's turn it is (BullMQ and we both have a table `event`).
 *
 * @param dataDir a folder on a local disk; nobody else may have it open
 */
export async function openEmbeddedPostgres(dataDir: string): Promise<EmbeddedPostgres> {
  const db = await PGlite.create(dataDir);
  await db.exec(`set client_min_messages to warning`);
  const session = createSession(db);
  return {
    pool: (schema) => createPool(session, schema),
    async [Symbol.asyncDispose]() {
      const leave = await session.enter('public');
      try {
        await db.close();
      } finally {
        leave();
      }
    },
  };
}

interface Session {
  /** Waits for the turn and makes `schema` the search path. */
  enter(schema: string): Promise<Leave>;
  run(text: string, params: readonly unknown[] | undefined): Promise<SqlResult>;
  listen(channel: string, onPayload: (payload: string) => void): Promise<() => Promise<void>>;
}

function createSession(db: PGlite): Session {
  const gate = createSessionGate();
  let searchPath = '';
  return {
    async enter(schema) {
      const leave = await gate.enter();
      if (schema === searchPath || db.closed) return leave;
      try {
        await db.exec(`set search_path to "${schema}", public`);
        searchPath = schema;
        return leave;
      } catch (error) {
        leave();
        throw error;
      }
    },
    async run(text, params) {
      // Without parameters a text may hold several statements, as in BullMQ's migrations.
      if (params === undefined || params.length === 0) {
        const results = await db.exec(text);
        return toSqlResult(results.at(-1));
      }
      return toSqlResult(await db.query<Record<string, unknown>>(text, [...params]));
    },
    async listen(channel, onPayload) {
      const unlisten = await db.listen(channel, onPayload);
      return () => unlisten();
    },
  };
}

function toSqlResult(results: Results | undefined): SqlResult & { command: string } {
  const rows = (results?.rows ?? []) as Record<string, unknown>[];
  const rowCount = results?.affectedRows ?? rows.length;
  return { rows, rowCount: Math.max(rowCount, rows.length), command: results?.command ?? '' };
}

function createPool(session: Session, schema: string): SqlPool {
  const query: SqlPool['query'] = async (text, params) => {
    const leave = await session.enter(schema);
    try {
      return await session.run(text, params);
    } finally {
      leave();
    }
  };
  return Object.assign(new EventEmitter().setMaxListeners(0), {
    query: (text: string | QueryConfig, params?: readonly unknown[]) =>
      typeof text === 'string' ? query(text, params) : query(text.text, text.values),
    connect: () => Promise.resolve(createClient(session, schema)),
    // The database outlives its pools.
    end: () => Promise.resolve(),
  });
}

/** node-postgres takes a statement as an object too; BullMQ uses that for prepared ones. */
interface QueryConfig {
  readonly text: string;
  readonly values?: readonly unknown[];
}

function createClient(session: Session, schema: string): SqlClient {
  let leaveTransaction: Leave | undefined;
  const unlistens: (() => Promise<void>)[] = [];
  const emitter = new EventEmitter().setMaxListeners(0);

  async function runOne(text: string, params?: readonly unknown[]): Promise<SqlResult> {
    const leave = await session.enter(schema);
    try {
      return await session.run(text, params);
    } finally {
      leave();
    }
  }

  async function begin(text: string): Promise<SqlResult> {
    const leave = await session.enter(schema);
    try {
      const result = await session.run(text, undefined);
      leaveTransaction = leave;
      return result;
    } catch (error) {
      leave();
      throw error;
    }
  }

  async function end(text: string): Promise<SqlResult> {
    try {
      return await session.run(text, undefined);
    } finally {
      leaveTransaction?.();
      leaveTransaction = undefined;
    }
  }

  async function listen(channel: string): Promise<SqlResult> {
    const leave = await session.enter(schema);
    try {
      const onPayload = (payload: string) => emitter.emit('notification', { channel, payload });
      unlistens.push(await session.listen(channel, onPayload));
      return { rows: [], rowCount: 0 };
    } finally {
      leave();
    }
  }

  function query(text: string, params?: readonly unknown[]): Promise<SqlResult> {
    const verb = verbOf(text);
    if (verb.name === 'listen') return listen(verb.argument);
    if (leaveTransaction === undefined) {
      return verb.name === 'begin' ? begin(text) : runOne(text, params);
    }
    return verb.name === 'end' ? end(text) : session.run(text, params);
  }

  return Object.assign(emitter, {
    query: (text: string | QueryConfig, params?: readonly unknown[]) =>
      typeof text === 'string' ? query(text, params) : query(text.text, text.values),
    release: () => {
      for (const unlisten of unlistens.splice(0)) void unlisten().catch(() => {});
      // A client given back in mid-transaction must not keep everybody out.
      if (leaveTransaction !== undefined) void end('rollback').catch(() => {});
    },
  });
}
