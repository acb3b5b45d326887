import { AppError } from '@gauntlet/shared/contracts/errors';
import { parse } from '@gauntlet/shared/contracts/parse';
import { Problem } from '@gauntlet/shared/contracts/problem';
import type { InjectOptions } from 'fastify';
import { describe, expect, test } from 'vitest';
import type { UseCases } from '../application/use-cases.ts';
import { createServer, serverLimits } from './server.ts';
import { createDeps, createFakeUseCases, knownId, unknownId } from './testing/fakes.ts';

async function ask(options: InjectOptions, useCases: Partial<UseCases> = {}) {
  await using app = createServer(createDeps({ useCases: createFakeUseCases(useCases) }));
  return await app.inject(options);
}

async function askForProblem(options: InjectOptions, useCases: Partial<UseCases> = {}) {
  const response = await ask(options, useCases);
  expect(response.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  const problem = parse(Problem, response.json(), 'problem');
  expect(problem.type).toBe(`/problems/${problem.code}`);
  expect(problem.status).toBe(response.statusCode);
  expect(problem.requestId).toBe(response.headers['x-request-id']);
  return { problem, response };
}

const post = (url: string, payload: unknown): InjectOptions => ({
  method: 'POST',
  url,
  headers: { 'content-type': 'application/json' },
  payload: typeof payload === 'string' ? payload : JSON.stringify(payload),
});

describe('a body that does not fit', () => {
  test('names every fault by its pointer, the missing and the unknown fields among them', async () => {
    const { problem } = await askForProblem(
      post('/api/v1/campaigns', {
        clusterId: 'x',
        nope: 1,
        action: 'fly',
        arms: [{ probability: 2, fingerprint: { hotfixes: [1], 'a/b~c': 1 } }, { name: '' }],
        stop: { attemptsMax: 'many', bugchecksMin: 0 },
        load: null,
      }),
    );
    expect(problem.status).toBe(400);
    expect(problem.errors?.map(({ pointer, detail }) => [pointer, detail]).sort()).toEqual([
      ['/action', 'must be "live-migration" or "power-cycle"'],
      ['/arms/0/fingerprint/a~1b~0c', 'is not a known field'],
      ['/arms/0/fingerprint/hotfixes/0', 'must be a string'],
      ['/arms/0/name', 'is required'],
      ['/arms/0/probability', 'must be at most 1'],
      ['/arms/1/name', 'must not be empty'],
      ['/clusterId', 'must be a UUID in lower case'],
      ['/load', 'must be an object'],
      ['/name', 'is required'],
      ['/nope', 'is not a known field'],
      ['/stop/attemptsMax', 'must be a whole number or null'],
      ['/stop/bugchecksMin', 'must be at least 1'],
    ]);
  });

  test('is reported together with a query that does not fit', async () => {
    const { problem } = await askForProblem(
      post('/api/v1/campaigns?dryRun=maybe&typo=1', { name: '' }),
    );
    expect(problem.errors?.map((fault) => `${fault.in} ${fault.pointer}`).sort()).toEqual([
      'body /clusterId',
      'body /name',
      'body /stop',
      'query /dryRun',
      'query /typo',
    ]);
  });

  test.each([
    ['nothing', '', 'the body must be an object'],
    ['a list', '[]', 'the body must be an object'],
    ['no JSON', '{"name":', 'The body is not JSON we can read.'],
    ['__proto__', '{"__proto__":{}}', 'The body is not JSON we can read.'],
    ['100,000 brackets', '['.repeat(100_000), 'the body must not nest deeper than 64 levels'],
  ])('is 400 when it is %s', async (_what, payload, detail) => {
    const { problem } = await askForProblem(post('/api/v1/clusters', payload));
    expect([problem.status, problem.detail]).toEqual([400, detail]);
  });

  test('is 400 when a text has NUL or half a surrogate pair, wherever it stands', async () => {
    const { problem } = await askForProblem(
      post(
        '/api/v1/clusters',
        '{"name":"a\\u0000","driver":"qemu","options":{"x":["\\uD800"],"\\u0000":1}}',
      ),
    );
    expect(problem.errors?.map((fault) => fault.pointer)).toEqual([
      '/name',
      '/options/x/0',
      '/options',
    ]);
  });

  test('is 413 when it is too large', async () => {
    const name = 'x'.repeat(serverLimits.bodyBytesMax);
    const { problem } = await askForProblem(post('/api/v1/clusters', { name }));
    expect(problem.status).toBe(413);
  });

  test('is 415 when it is not JSON by its own word', async () => {
    const { problem } = await askForProblem({
      ...post('/api/v1/clusters', 'name=x'),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(problem.status).toBe(415);
  });
});

describe('a path or query that does not fit', () => {
  test('is 404 for an id that no resource can have, and for one that none has', async () => {
    for (const id of ['nope', unknownId, 'x'.repeat(10_000), encodeURIComponent("'; drop table")]) {
      const { problem } = await askForProblem({ url: `/api/v1/clusters/${id}` });
      expect(problem.code).toBe('resource.unknown');
    }
  });

  test('is 400 for bad percent-encoding', async () => {
    const { problem } = await askForProblem({ url: '/api/v1/clusters/%E0%A4%A' });
    expect(problem.status).toBe(400);
  });

  test('is 400 with every bad filter named', async () => {
    const { problem } = await askForProblem({
      url: `/api/v1/campaigns/${knownId}/attempts?limit=501&outcome=good&vm=%00&colour=red`,
    });
    expect(problem.errors?.map((fault) => fault.pointer).sort()).toEqual([
      '/colour',
      '/limit',
      '/outcome',
      '/vm',
    ]);
  });

  test('is 405 with Allow where the path takes other methods', async () => {
    const { problem, response } = await askForProblem({
      method: 'PUT',
      url: `/api/v1/clusters/${knownId}`,
    });
    expect(problem.status).toBe(405);
    expect(response.headers.allow).toBe('DELETE, GET, HEAD, PATCH');
  });

  test('is 404 where nothing is served', async () => {
    const { problem } = await askForProblem({ url: '/api/v1/schedules-of-another-day' });
    expect(problem.status).toBe(404);
  });
});

describe('an error of a use case', () => {
  test('keeps its sentence, its status and the faults it names', async () => {
    const errors = [{ pointer: '/arms/0/vms/names/0', detail: 'VM sql-3 has one host' }];
    const { problem } = await askForProblem(
      post('/api/v1/campaigns', { name: 'a', clusterId: knownId, stop: { attemptsMax: 1 } }),
      {
        startCampaign: async () => {
          const detail = 'VM sql-3 has one host; a migration needs two';
          throw new AppError('request.impossible', detail, { details: { errors } });
        },
      },
    );
    expect([problem.status, problem.detail, problem.errors]).toEqual([
      422,
      'VM sql-3 has one host; a migration needs two',
      errors,
    ]);
  });

  test('never shows what was thrown when it is a fault of ours', async () => {
    for (const thrown of [
      new Error('secret /etc/x'),
      new AppError('internal.fault', 'secret'),
      'secret',
    ]) {
      const { problem, response } = await askForProblem(
        { url: '/api/v1/clusters' },
        {
          listClusters: async () => {
            throw thrown;
          },
        },
      );
      expect(problem.status).toBe(500);
      expect(response.body).not.toMatch(/secret|stack|at /);
    }
  });

  test('is 503 and worth another try when the database is away', async () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    const { problem, response } = await askForProblem(
      { url: '/api/v1/clusters' },
      {
        listClusters: async () => {
          throw new AggregateError([refused]);
        },
      },
    );
    expect([problem.status, response.headers['retry-after']]).toEqual([503, '1']);
    expect(response.body).not.toContain('ECONNREFUSED');
  });
});

describe('the kill switch', () => {
  test.each([
    ['no body', {}],
    [
      'an empty form',
      { headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload: '' },
    ],
    ['broken JSON', { headers: { 'content-type': 'application/json' }, payload: '{' }],
    ['a stray field', { payload: { now: true } }],
  ])('stops everything with %s', async (_what, options) => {
    const response = await ask({
      method: 'POST',
      url: '/api/v1/stop',
      ...options,
    } as InjectOptions);
    expect([response.statusCode, response.json()]).toEqual([200, { clusters: 1, campaigns: 1 }]);
  });
});

test('the type of every problem is a page that explains it', async () => {
  const { problem } = await askForProblem(post('/api/v1/clusters', {}));
  const response = await ask({ url: problem.type });
  expect(response.statusCode).toBe(200);
  expect(response.headers['content-type']).toMatch(/^text\/html/);
  expect(response.body).toContain('request.malformed');
});
