import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createServer } from './server.ts';
import { createDeps, createFakeUseCases, knownId } from './testing/fakes.ts';

const hostileNames = [
  `"'; drop table campaign; --`,
  '<script>alert(1)</script>',
  '../../../etc/passwd',
  '%00%0a',
  '\r\nset-cookie: a=b',
  '\u202egnirts',
  'Zoë 測試 💥 \u{1F468}\u200D\u{1F469}',
  '{{7*7}} ${7*7}',
  'x'.repeat(1024),
];

describe('a name', () => {
  test.each(hostileNames)('goes in and comes out as it is: %j', async (name) => {
    await using app = createServer(createDeps());
    const response = await app.inject({
      method: 'POST',
      url: '/api/v1/clusters',
      payload: { name, driver: 'simulated' },
    });
    expect([response.statusCode, response.json().name]).toEqual([201, name]);
  });

  test.each(hostileNames)('filters as it is: %j', async (vm) => {
    const seen: unknown[] = [];
    const useCases = createFakeUseCases({
      listAttempts: async (_id, query) => {
        seen.push(query);
        return { items: [], nextCursor: null };
      },
    });
    await using app = createServer(createDeps({ useCases }));
    const query = new URLSearchParams({ vm, limit: '7' });
    const response = await app.inject({
      url: `/api/v1/campaigns/${knownId}/attempts?${query.toString()}`,
    });
    expect(response.statusCode).toBe(200);
    expect(seen).toEqual([{ vm, limit: 7 }]);
  });

  test('of 10,000 characters is refused by its length', async () => {
    await using app = createServer(createDeps());
    const response = await app.inject({
      method: 'POST',
      url: '/api/v1/clusters',
      payload: { name: 'x'.repeat(10_000), driver: 'simulated' },
    });
    expect(response.json().errors).toEqual([
      { in: 'body', pointer: '/name', detail: 'must have at most 1024 characters' },
    ]);
  });
});

const targets = [
  ['POST', '/api/v1/clusters'],
  ['PATCH', `/api/v1/clusters/${knownId}`],
  ['DELETE', `/api/v1/clusters/${knownId}`],
  ['POST', '/api/v1/campaigns'],
  ['POST', '/api/v1/campaigns?dryRun=true'],
  ['POST', `/api/v1/campaigns/${knownId}/pause`],
  ['PATCH', `/api/v1/buckets/${knownId}`],
  ['POST', '/api/v1/stop'],
] as const;

/** Random values, and random values under the names that the contract knows. */
const field = fc.constantFrom(
  ...'name clusterId driver options arms stop attemptsMax limits seed vms names'.split(' '),
  ...'fingerprint placement hosts status note  constructor toString'.split(' '),
);
const jsonish = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.jsonValue({ stringUnit: 'binary' }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(field, tie('value'), { maxKeys: 6 }),
  ),
})).value;

// Seconds when alone, many more beside a full gate: the limit is for a hang, not for speed.
describe('whatever comes', { timeout: 60_000 }, () => {
  test('a body of random JSON is answered with less than 500, and with its faults when it is 400', async () => {
    await using app = createServer(createDeps());
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...targets), jsonish, async ([method, url], body) => {
        const response = await app.inject({
          method,
          url,
          headers: { 'content-type': 'application/json', 'idempotency-key': fcKey(body) },
          payload: JSON.stringify(body),
        });
        expect(response.statusCode).toBeLessThan(500);
        if (response.statusCode === 400) expect(response.json().detail).not.toBe('');
      }),
      { numRuns: 600 },
    );
  });

  test('bytes that are no JSON are answered with less than 500', async () => {
    await using app = createServer(createDeps());
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...targets),
        fc.uint8Array({ maxLength: 200 }),
        async ([method, url], bytes) => {
          const response = await app.inject({
            method,
            url,
            headers: { 'content-type': 'application/json' },
            payload: Buffer.from(bytes),
          });
          expect(response.statusCode).toBeLessThan(500);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('a random path and query is answered with less than 500', async () => {
    await using app = createServer(createDeps());
    const segment = fc.oneof(
      fc.constantFrom(
        'api',
        'v1',
        'campaigns',
        'clusters',
        'attempts',
        'evidence',
        knownId,
        '%',
        '..',
      ),
      fc.string({ unit: 'binary' }).map((text) => encodeURIComponent(text.toWellFormed())),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(segment, { maxLength: 6 }),
        fc.webQueryParameters(),
        async (segments, query) => {
          const response = await app.inject({ url: `/${segments.join('/')}?${query}` });
          expect(response.statusCode).toBeLessThan(500);
        },
      ),
      { numRuns: 500 },
    );
  });
});

function fcKey(body: unknown): string {
  return `key-${JSON.stringify(body ?? null).length}`;
}
