import type { NewCluster } from '@gauntlet/shared/contracts/clusters';
import { AppError } from '@gauntlet/shared/contracts/errors';
import type { FastifyInstance } from 'fastify';
import { describe, expect, test } from 'vitest';
import { createServer } from './server.ts';
import {
  aCluster,
  createDeps,
  createFakeIdempotency,
  createFakeKeys,
  createFakeUseCases,
} from './testing/fakes.ts';

/** Counts what really ran; each run makes another cluster. */
function createCounting(createCluster?: (run: number) => Promise<void>) {
  const runs: NewCluster[] = [];
  const useCases = createFakeUseCases({
    createCluster: async (cluster) => {
      runs.push(cluster);
      const id = `019a0000-0000-7000-8000-${String(runs.length).padStart(12, '0')}`;
      await createCluster?.(runs.length);
      return { ...aCluster, id, name: cluster.name };
    },
  });
  return { runs, useCases };
}

async function create(
  app: FastifyInstance,
  { key = 'key-1', name = 'demo', headers = {} }: { key?: string; name?: string; headers?: object },
) {
  // Awaited here: an injected request is not sent before somebody waits for it.
  return await app.inject({
    method: 'POST',
    url: '/api/v1/clusters',
    headers: { 'idempotency-key': key, ...headers },
    payload: { name, driver: 'simulated' },
  });
}

describe('Idempotency-Key', () => {
  test('answers the first response again, Location and all', async () => {
    const { runs, useCases } = createCounting();
    await using app = createServer(createDeps({ useCases }));
    const first = await create(app, {});
    const second = await create(app, {});
    expect(runs).toHaveLength(1);
    expect([second.statusCode, second.body, second.headers.location]).toEqual([
      201,
      first.body,
      first.headers.location,
    ]);
    expect(second.headers['content-type']).toBe(first.headers['content-type']);
    expect(second.headers['idempotent-replayed']).toBe('true');
  });

  test('takes the same fields in another order for the same body', async () => {
    const { runs, useCases } = createCounting();
    await using app = createServer(createDeps({ useCases }));
    for (const payload of ['{"name":"a","driver":"qemu"}', '{"driver":"qemu", "name":"a"}']) {
      const response = await app.inject({
        method: 'POST',
        url: '/api/v1/clusters',
        headers: { 'idempotency-key': 'k', 'content-type': 'application/json' },
        payload,
      });
      expect(response.statusCode).toBe(201);
    }
    expect(runs).toHaveLength(1);
  });

  test('with another body is 409, also while the first still runs', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { runs, useCases } = createCounting(() => promise);
    await using app = createServer(createDeps({ useCases }));
    const first = create(app, {});
    const whileRunning = await create(app, { name: 'other' });
    resolve();
    expect((await first).statusCode).toBe(201);
    const afterwards = await create(app, { name: 'other' });
    for (const refused of [whileRunning, afterwards]) {
      expect([refused.statusCode, refused.json().code]).toEqual([409, 'idempotency.conflict']);
    }
    expect(runs).toHaveLength(1);
  });

  test('runs once for fifty requests at the same moment', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const { runs, useCases } = createCounting(() => promise);
    await using app = createServer(createDeps({ useCases }));
    const all = Array.from({ length: 50 }, () => create(app, {}));
    setImmediate(resolve);
    const responses = await Promise.all(all);
    expect(runs).toHaveLength(1);
    expect(new Set(responses.map((response) => response.body)).size).toBe(1);
    expect(new Set(responses.map((response) => response.headers.location)).size).toBe(1);
  });

  test('runs anew after a fault of ours, one request at a time', async () => {
    const { runs, useCases } = createCounting(async (run) => {
      if (run <= 2) throw new Error('lost the database');
    });
    await using app = createServer(createDeps({ useCases }));
    const responses = await Promise.all(Array.from({ length: 10 }, () => create(app, {})));
    expect(responses.filter((response) => response.statusCode === 500)).toHaveLength(2);
    expect(responses.filter((response) => response.statusCode === 201)).toHaveLength(8);
    expect(runs).toHaveLength(3);
  });

  test('repeats a refusal too', async () => {
    const { runs, useCases } = createCounting(async () => {
      throw new AppError('state.conflict', 'a cluster of this name exists');
    });
    await using app = createServer(createDeps({ useCases }));
    const first = await create(app, {});
    const second = await create(app, {});
    expect([first.statusCode, second.statusCode, second.body]).toEqual([409, 409, first.body]);
    expect(runs).toHaveLength(1);
  });

  test('of one caller is not that of another', async () => {
    const { runs, useCases } = createCounting();
    const apiKeys = createFakeKeys({ a: 'operator', b: 'operator' });
    await using app = createServer(createDeps({ useCases, apiKeys }));
    await create(app, { headers: { authorization: 'Bearer a' } });
    await create(app, { headers: { authorization: 'Bearer b' } });
    expect(runs).toHaveLength(2);
  });

  test('that cannot be kept does not undo what was done', async () => {
    const { useCases } = createCounting();
    const idempotency = {
      ...createFakeIdempotency(),
      save: async () => {
        throw new Error('disk full');
      },
    };
    await using app = createServer(createDeps({ useCases, idempotency }));
    expect((await create(app, {})).statusCode).toBe(201);
  });

  test('never stands in for a stop: each is done anew', async () => {
    let stops = 0;
    const useCases = createFakeUseCases({
      stopEverything: async () => {
        stops += 1;
        return { clusters: 1, campaigns: 1 };
      },
    });
    await using app = createServer(createDeps({ useCases }));
    for (let n = 0; n < 2; n += 1) {
      const headers = { 'idempotency-key': 'stop' };
      await app.inject({ method: 'POST', url: '/api/v1/stop', headers });
    }
    expect(stops).toBe(2);
  });

  test.each(['', ' ', 'a b', 'x'.repeat(256)])('%j is refused', async (key) => {
    const { runs, useCases } = createCounting();
    await using app = createServer(createDeps({ useCases }));
    const response = await create(app, { key });
    expect([response.statusCode, response.json().errors?.[0]?.pointer]).toEqual([
      400,
      '/idempotency-key',
    ]);
    expect(runs).toHaveLength(0);
  });
});
