import { createFakeClock } from '@gauntlet/shared/testing/fake-clock';
import type { InjectOptions } from 'fastify';
import { describe, expect, test } from 'vitest';
import type { Role } from '../application/use-cases.ts';
import { assertListenAddress } from './listen-address.ts';
import { createServer } from './server.ts';
import { createDeps, createFakeKeys, createFakeUseCases, knownId } from './testing/fakes.ts';

const keys = { 'key-v': 'viewer', 'key-o': 'operator', 'key-a': 'admin' } as const;
const routes: readonly [InjectOptions['method'], string, 'public' | Role][] = [
  ['GET', '/', 'public'],
  ['GET', '/health/live', 'public'],
  ['GET', '/health/ready', 'public'],
  ['GET', '/problems/auth.missing', 'public'],
  ['GET', '/docs/', 'public'],
  ['GET', '/api/v1/openapi.json', 'public'],
  ['GET', '/metrics', 'viewer'],
  ['GET', '/api/v1/system', 'viewer'],
  ['GET', '/api/v1/clusters', 'viewer'],
  ['HEAD', '/api/v1/clusters', 'viewer'],
  ['POST', '/api/v1/stop', 'operator'],
  ['POST', `/api/v1/clusters/${knownId}/stop`, 'operator'],
  ['POST', `/api/v1/campaigns/${knownId}/pause`, 'operator'],
  ['DELETE', `/api/v1/clusters/${knownId}`, 'operator'],
];
const rank = { public: -1, viewer: 0, operator: 1, admin: 2 };

describe('with keys', () => {
  test.each(routes)('%s %s needs %s', async (method, url, needed) => {
    await using app = createServer(createDeps({ apiKeys: createFakeKeys(keys) }));
    const ask = (headers: Record<string, string>) =>
      app.inject({ method: method ?? 'GET', url, headers });
    for (const headers of [{}, { authorization: 'Bearer nope' }, { authorization: 'Basic a2V5' }]) {
      const { statusCode, headers: answer } = await ask(headers);
      if (needed === 'public') expect(statusCode).toBeLessThan(300);
      else expect([statusCode, answer['www-authenticate']]).toEqual([401, expect.any(String)]);
    }
    for (const [key, role] of Object.entries(keys)) {
      const { statusCode } = await ask({ authorization: `Bearer ${key}` });
      if (rank[role] >= rank[needed]) expect(statusCode).toBeLessThan(300);
      else expect(statusCode).toBe(403);
    }
  });

  test('a revoked key stops working within a second', async () => {
    const clock = createFakeClock();
    let role: Role | undefined = 'viewer';
    const apiKeys = { roleOf: async () => role, isEmpty: async () => false };
    await using app = createServer(createDeps({ apiKeys, clock }));
    const ask = () =>
      app.inject({ url: '/api/v1/clusters', headers: { authorization: 'Bearer k' } });
    expect((await ask()).statusCode).toBe(200);
    role = undefined;
    await clock.advance(1000);
    expect((await ask()).statusCode).toBe(401);
  });

  test('a store that cannot be asked lets nobody in', async () => {
    const down = async () => {
      throw Object.assign(new Error('gone'), { code: 'ECONNREFUSED' });
    };
    await using app = createServer(createDeps({ apiKeys: { roleOf: down, isEmpty: down } }));
    expect((await app.inject({ url: '/api/v1/clusters' })).statusCode).toBe(503);
    expect((await app.inject({ url: '/health/live' })).statusCode).toBe(200);
  });
});

describe('without keys', () => {
  test.each([
    ['localhost', 200],
    ['localhost:8080', 200],
    ['127.0.0.1:8080', 200],
    ['[::1]:8080', 200],
    ['evil.example', 403],
    ['localhost.evil.example', 403],
    ['127.0.0.1.evil.example', 403],
    ['10.0.0.1:8080', 403],
    ['a@localhost', 403],
  ])('a request for the host %j is answered %i', async (host, status) => {
    await using app = createServer(createDeps());
    const response = await app.inject({ url: '/api/v1/clusters', headers: { host } });
    expect(response.statusCode).toBe(status);
  });

  test('a request from another machine is refused, whatever it says', async () => {
    await using app = createServer(createDeps());
    const response = await app.inject({ url: '/api/v1/clusters', remoteAddress: '10.0.0.7' });
    expect(response.statusCode).toBe(403);
  });

  test.each([
    [{}, 200],
    [{ origin: 'http://localhost:80', host: 'localhost:80' }, 200],
    [{ 'sec-fetch-site': 'same-origin' }, 200],
    [{ origin: 'https://evil.example' }, 403],
    [{ origin: 'null' }, 403],
    [{ origin: 'http://localhost:9999', host: 'localhost:80' }, 403],
    [{ 'sec-fetch-site': 'cross-site' }, 403],
    [{ 'sec-fetch-site': 'same-site' }, 403],
  ])('a post with %j is answered %i', async (headers, status) => {
    let stops = 0;
    const useCases = createFakeUseCases({
      stopEverything: async () => {
        stops += 1;
        return { clusters: 1, campaigns: 1 };
      },
    });
    await using app = createServer(createDeps({ useCases }));
    const response = await app.inject({ method: 'POST', url: '/api/v1/stop', headers });
    expect([response.statusCode, stops]).toEqual([status, status === 200 ? 1 : 0]);
  });
});

describe('the listening address', () => {
  test.each(['127.0.0.1', '127.1.2.3', '::1', '[::1]', 'localhost'])('%s needs no key', (host) => {
    expect(() => assertListenAddress({ host, hasKeys: false })).not.toThrow();
  });

  test.each(['0.0.0.0', '::', '10.0.0.1', 'gauntlet.example', '127.example.com', ''])(
    '%j needs keys',
    (host) => {
      expect(() => assertListenAddress({ host, hasKeys: false })).toThrow(/GAUNTLET_API_KEYS/);
      expect(() => assertListenAddress({ host, hasKeys: true })).not.toThrow();
    },
  );
});
