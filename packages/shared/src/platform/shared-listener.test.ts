import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import type { SqlPool } from './postgres-pool.ts';
import { isListen, shareListener } from './shared-listener.ts';

/** A pool as strict as pg's own: a client may be given back once. */
function createStrictPool() {
  const clients: (EventEmitter & { released: number })[] = [];
  const pool = {
    query: async () => ({ rows: [], rowCount: 0 }),
    end: async () => {},
    connect: async () => {
      const client = Object.assign(new EventEmitter(), {
        released: 0,
        query: async () => ({ rows: [], rowCount: 0 }),
        release: () => {
          client.released += 1;
          if (client.released > 1) throw new Error('released twice');
        },
      });
      clients.push(client);
      return client;
    },
  } as unknown as SqlPool;
  return { pool, clients };
}

test('a connection that the server drops while it is given back harms nobody', async () => {
  const { pool, clients } = createStrictPool();
  const shared = shareListener(pool);
  await (await shared.connect()).query('LISTEN jobs');
  await shared[Symbol.asyncDispose]();
  expect(() => clients[0]?.emit('error', new Error('terminating connection'))).not.toThrow();
  expect(clients[0]?.released).toBe(1);
});

test('a lost connection is told to everybody and opened anew for the next to listen', async () => {
  const { pool, clients } = createStrictPool();
  await using shared = shareListener(pool);
  const user = (await shared.connect()) as unknown as EventEmitter & typeof pool;
  const lost: unknown[] = [];
  user.on('error', (error) => lost.push(error));
  await user.query('LISTEN jobs');
  clients[0]?.emit('error', new Error('gone'));
  expect(lost).toHaveLength(1);
  await user.query('LISTEN jobs');
  expect(clients.map(({ released }) => released)).toEqual([1, 0]);
});

test('one that is lost late leaves the one that took its place to be closed', async () => {
  const { pool, clients } = createStrictPool();
  const shared = shareListener(pool);
  const user = await shared.connect();
  await user.query('LISTEN jobs');
  const [first] = clients;
  Object.assign(first ?? {}, { query: () => Promise.reject(new Error('not queryable')) });
  await expect(user.query('LISTEN jobs')).rejects.toThrow('not queryable');
  await user.query('LISTEN jobs');
  first?.emit('error', new Error('terminating connection'));
  await user.query('LISTEN jobs');
  await shared[Symbol.asyncDispose]();
  expect(clients.map(({ released }) => released)).toEqual([1, 1]);
});

test('a statement that listens is known behind its comments', () => {
  expect(isListen('-- wait for jobs\n  LISTEN "x"')).toBe(true);
  expect(isListen('select 1')).toBe(false);
});
