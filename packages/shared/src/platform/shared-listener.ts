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
  let listening: Promise<Listener> | undefined;

  function open(): Promise<Listener> {
    // One that is lost late must not forget the one that took its place: nobody would close that.
    const opening = openListener(pool, clients, () => {
      if (listening === opening) listening = undefined;
    });
    opening.catch(() => {
      if (listening === opening) listening = undefined;
    });
    return opening;
  }

  async function listen(text: string): Promise<SqlResult> {
    listening ??= open();
    const listener = await listening;
    try {
      return await listener.query(text);
    } catch (error) {
      listener.lose(error instanceof Error ? error : new Error(String(error)));
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
      const last = await listening?.catch(() => undefined);
      listening = undefined;
      last?.close();
    },
  });
}

/** The one connection that hears for all. */
interface Listener {
  query(text: string): Promise<SqlResult>;
  /** Gives the connection up and tells everybody: they ask for another. Once. */
  lose(error: Error): void;
  /** Gives the connection up and tells nobody. */
  close(): void;
}

async function openListener(
  pool: SqlPool,
  clients: ReadonlySet<EventEmitter>,
  onLost: () => void,
): Promise<Listener> {
  const client = await pool.connect();
  const emitter = client as unknown as EventEmitter;
  emitter.on('notification', (message: unknown) => {
    for (const one of clients) one.emit('notification', message);
  });
  let isOpen = true;
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    emitter.removeAllListeners('notification');
    // A server that drops a connection while it is being given back tells of it, too late.
    emitter.on('error', () => {});
    client.release(true);
  };
  const lose = (error: Error) => {
    if (!isOpen) return;
    close();
    onLost();
    // Each worker hears of it, asks for a client again, and listens anew.
    for (const one of clients) {
      if (one.listenerCount('error') > 0) one.emit('error', error);
    }
  };
  emitter.once('error', lose);
  return { query: (text) => client.query(text), lose, close };
}

/** BullMQ's statements begin with comment lines. */
export function isListen(text: string): boolean {
  return /^(?:\s*--[^\n]*\n)*\s*LISTEN\b/i.test(text);
}
