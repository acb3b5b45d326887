import { EventEmitter } from 'node:events';
import type { SqlClient, SqlPool, SqlResult } from './postgres-pool.ts';

/**
 * A pool for BullMQ that needs one listening connection a process. BullMQ itself would keep one of
 * the pool's connections for every worker: with two queues a cluster, fifty clusters would use up a
 * PostgreSQL's hundred connections. Every client handed out here is a name only: its statements run
 * on the pool, its notifications come from the one connection that LISTENs for all of them.
 */
export function shareListener(pool: SqlPool): SqlPool & AsyncDisposable {
  const clients = new Set<EventEmitter>();
  let listening: Promise<SqlClient> | undefined;

  async function listen(text: string): Promise<SqlResult> {
    listening ??= openListener(pool, clients, () => {
      listening = undefined;
    });
    const opening = listening;
    try {
      return await (await opening).query(text);
    } catch (error) {
      if (listening === opening) listening = undefined;
      throw error;
    }
  }

  function createClient(): SqlClient {
    const client = Object.assign(new EventEmitter(), {
      query: (text: string, params?: readonly unknown[]) => {
        if (isListen(text)) return listen(text);
        // BullMQ names its connection for its own list of workers; this one is shared.
        if (text.includes('application_name')) return Promise.resolve({ rows: [], rowCount: 0 });
        return pool.query(text, params);
      },
      release: () => {
        clients.delete(client);
      },
    });
    client.setMaxListeners(0);
    clients.add(client);
    return client;
  }

  return Object.assign(new EventEmitter().setMaxListeners(0), {
    // A dead connection would be noticed, but BullMQ must not know: after a LISTEN that failed it
    // waits for the next job as long as it dares, which is 10 s without keep-alive and an hour with.
    options: { keepAlive: false },
    query: (text: string, params?: readonly unknown[]) => pool.query(text, params),
    connect: () => Promise.resolve(createClient()),
    end: () => Promise.resolve(),
    async [Symbol.asyncDispose]() {
      const open = await listening?.catch(() => undefined);
      listening = undefined;
      open?.release(true);
    },
  });
}

async function openListener(
  pool: SqlPool,
  clients: ReadonlySet<EventEmitter>,
  onLost: () => void,
): Promise<SqlClient> {
  const listener = await pool.connect();
  const emitter = listener as unknown as EventEmitter;
  emitter.on('notification', (message: unknown) => {
    for (const client of clients) client.emit('notification', message);
  });
  const fail = (error: Error) => {
    onLost();
    emitter.removeAllListeners('notification');
    // Each worker hears of it, asks for a client again, and listens anew.
    for (const client of clients) {
      if (client.listenerCount('error') > 0) client.emit('error', error);
    }
  };
  const release = listener.release.bind(listener);
  let isReleased = false;
  // Once: a server that drops a connection while it is being given back tells of it, too late.
  listener.release = (destroy) => {
    if (isReleased) return;
    isReleased = true;
    emitter.on('error', () => {});
    release(destroy);
  };
  emitter.once('error', (error: Error) => {
    if (isReleased) return;
    listener.release(true);
    fail(error);
  });
  return listener;
}

/** BullMQ's statements begin with comment lines. */
export function isListen(text: string): boolean {
  return /^(?:\s*--[^\n]*\n)*\s*LISTEN\b/i.test(text);
}
