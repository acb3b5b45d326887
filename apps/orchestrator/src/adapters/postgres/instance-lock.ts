import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { Logger } from '@gauntlet/shared/platform/logger';
import type { SqlClient, SqlPool } from '@gauntlet/shared/platform/postgres-pool';

/** "gaun" and "orch": no other program's advisory lock. */
const lockKeys = [0x6761756e, 0x6f726368] as const;
const retryMs = 1_000;

export interface InstanceLock extends AsyncDisposable {
  /** False once the connection that held it is gone; then `reacquire`. */
  isHeld(): boolean;
  /** @throws when another orchestrator has it by now, or the database does not answer */
  reacquire(): Promise<void>;
}

/**
 * One orchestrator per database: two would both plan. Waits for as long as another one lives. The
 * lock is a session's advisory lock, so it ends with its connection, however its process dies.
 */
export async function acquireInstanceLock(
  pool: SqlPool,
  { clock, log, signal }: { clock: Clock; log: Logger; signal?: AbortSignal },
): Promise<InstanceLock> {
  let holder = await tryLock(pool, onLost);
  if (holder === undefined)
    log.warn({}, 'another orchestrator uses this database: waiting for it to end');
  while (holder === undefined) {
    await clock.sleep(retryMs, signal);
    holder = await tryLock(pool, onLost);
  }

  function onLost(client: SqlClient): void {
    if (holder === client) holder = undefined;
  }

  async function tryAgain(): Promise<void> {
    holder = await tryLock(pool, onLost);
    if (holder === undefined)
      throw new Error('another orchestrator took over this database; stop one of them');
  }

  // Every loop asks at once when the connection is lost: two tries would shut each other out.
  let trying: Promise<void> | undefined;
  return {
    isHeld: () => holder !== undefined,
    async reacquire() {
      if (holder !== undefined) return;
      trying ??= tryAgain().finally(() => {
        trying = undefined;
      });
      await trying;
    },
    async [Symbol.asyncDispose]() {
      const client = holder;
      holder = undefined;
      if (client === undefined) return;
      await client.query('select pg_advisory_unlock($1, $2)', lockKeys).catch(() => {});
      client.release();
    },
  };
}

async function tryLock(
  pool: SqlPool,
  onLost: (client: SqlClient) => void,
): Promise<SqlClient | undefined> {
  const client = await pool.connect();
  try {
    const sql = 'select pg_try_advisory_lock($1, $2) as locked';
    const { rows } = await client.query(sql, lockKeys);
    if (rows[0]?.['locked'] === true) {
      return watch(client, onLost);
    }
  } catch (error) {
    client.release(true);
    throw error;
  }
  client.release();
  return undefined;
}

/** A real connection says when it is lost; the embedded database has none to lose. */
function watch(client: SqlClient, onLost: (client: SqlClient) => void): SqlClient {
  let isReleased = false;
  const watched: SqlClient = {
    query: (text, params) => client.query(text, params),
    release(destroy) {
      if (!isReleased) client.release(destroy);
      isReleased = true;
    },
  };
  const emitter = client as { once?: (event: string, listener: () => void) => unknown };
  emitter.once?.('error', () => {
    onLost(watched);
    watched.release(true);
  });
  return watched;
}
