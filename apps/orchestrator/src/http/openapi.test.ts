import { Validator } from '@seriousme/openapi-schema-validator';
import { describe, expect, test } from 'vitest';
import { createServer } from './server.ts';
import { createDeps } from './testing/fakes.ts';

/** The binding contract. */
const contract = [
  'DELETE /api/v1/clusters/{id}',
  'GET /api/v1/attempts/{id}',
  'GET /api/v1/buckets',
  'GET /api/v1/buckets/{id}',
  'GET /api/v1/bugchecks',
  'GET /api/v1/bugchecks/{id}',
  'GET /api/v1/campaigns',
  'GET /api/v1/campaigns/{id}',
  'GET /api/v1/campaigns/{id}/attempts',
  'GET /api/v1/campaigns/{id}/events',
  'GET /api/v1/clusters',
  'GET /api/v1/clusters/{id}',
  'GET /api/v1/clusters/{id}/inventory',
  'GET /api/v1/clusters/{id}/known-issues',
  'GET /api/v1/evidence/{sha256}',
  'GET /api/v1/system',
  'GET /health/live',
  'GET /health/ready',
  'GET /metrics',
  'PATCH /api/v1/buckets/{id}',
  'PATCH /api/v1/clusters/{id}',
  'POST /api/v1/campaigns',
  'POST /api/v1/campaigns/{id}/pause',
  'POST /api/v1/campaigns/{id}/resume',
  'POST /api/v1/campaigns/{id}/stop',
  'POST /api/v1/clusters',
  'POST /api/v1/clusters/{id}/release',
  'POST /api/v1/clusters/{id}/stop',
  'POST /api/v1/evidence/debugger-text',
  'POST /api/v1/evidence/dump-header',
  'POST /api/v1/evidence/event',
  'POST /api/v1/stop',
];

async function readDocument() {
  await using app = createServer(createDeps());
  return (await app.inject({ url: '/api/v1/openapi.json' })).json();
}

describe('the OpenAPI document', () => {
  test('is valid 3.1', async () => {
    const validator = new Validator();
    const result = await validator.validate(await readDocument());
    expect(result.errors).toBeUndefined();
    expect([result.valid, validator.version]).toEqual([true, '3.1']);
  });

  test('holds every route of the contract', async () => {
    const { paths } = await readDocument();
    const routes = Object.entries<object>(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(contract.filter((route) => !routes.includes(route))).toEqual([]);
  });

  test('says of every route that it may answer a problem', async () => {
    const { paths } = await readDocument();
    for (const operations of Object.values<object>(paths)) {
      for (const operation of Object.values(operations)) {
        expect(operation.responses.default.content).toHaveProperty('application/problem+json');
      }
    }
  });

  test('names the headers that every post and every get understands', async () => {
    const { paths } = await readDocument();
    const names = (operation: { parameters?: { in: string; name: string }[] }) =>
      (operation.parameters ?? []).flatMap((one) => (one.in === 'header' ? [one.name] : []));
    expect(names(paths['/api/v1/campaigns'].post)).toEqual(['idempotency-key']);
    expect(names(paths['/api/v1/campaigns/{id}'].get)).toEqual(['if-none-match']);
    expect(paths['/api/v1/campaigns/{id}'].get.responses).toHaveProperty('304');
    expect(names(paths['/api/v1/stop'].post)).toEqual([]);
  });

  test('asks for no body where none is needed', async () => {
    const { paths } = await readDocument();
    expect(paths['/api/v1/clusters/{id}'].delete.requestBody).toBeUndefined();
    expect(paths['/api/v1/stop'].post.requestBody).toBeUndefined();
  });
});
