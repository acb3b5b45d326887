import { describe, expect, test } from 'vitest';
import { createServer } from './server.ts';
import {
  createDeps,
  createFakeUseCases,
  evidenceBytes,
  evidenceSha256,
  knownId,
} from './testing/fakes.ts';

const readable = [
  '/api/v1/clusters',
  `/api/v1/clusters/${knownId}`,
  `/api/v1/clusters/${knownId}/inventory`,
  `/api/v1/clusters/${knownId}/known-issues`,
  '/api/v1/campaigns',
  `/api/v1/campaigns/${knownId}`,
  `/api/v1/campaigns/${knownId}/attempts`,
  `/api/v1/attempts/${knownId}`,
  '/api/v1/bugchecks',
  `/api/v1/bugchecks/${knownId}`,
  '/api/v1/buckets',
  `/api/v1/buckets/${knownId}`,
  `/api/v1/evidence/${evidenceSha256}`,
  '/api/v1/system',
];

describe('a poller', () => {
  test.each(readable)('gets 304 and no body for what it has: %s', async (url) => {
    await using app = createServer(createDeps());
    const first = await app.inject({ url });
    expect(first.statusCode).toBe(200);
    const etag = String(first.headers.etag);
    expect(etag).toMatch(/^"[\w-]{20,64}"$/);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const second = await app.inject({ url, headers: { 'if-none-match': known } });
      expect([second.statusCode, second.body, second.headers.etag]).toEqual([304, '', etag]);
    }
  });

  test('gets the whole again once it changed', async () => {
    let state: 'running' | 'paused' = 'running';
    const base = createFakeUseCases();
    const useCases = {
      ...base,
      getCampaign: async (id: string) => ({ ...(await base.getCampaign(id)), state }),
    };
    await using app = createServer(createDeps({ useCases }));
    const url = `/api/v1/campaigns/${knownId}`;
    const { headers } = await app.inject({ url });
    state = 'paused';
    const second = await app.inject({ url, headers: { 'if-none-match': String(headers.etag) } });
    expect([second.statusCode, second.json().state]).toEqual([200, 'paused']);
  });

  test('asks with HEAD and learns the same tag without the body', async () => {
    await using app = createServer(createDeps());
    const url = `/api/v1/clusters/${knownId}`;
    const get = await app.inject({ url });
    const head = await app.inject({ method: 'HEAD', url });
    expect([head.statusCode, head.body, head.headers.etag]).toEqual([200, '', get.headers.etag]);
  });
});

describe('evidence', () => {
  test('is handed out byte for byte as a file that no browser will show', async () => {
    await using app = createServer(createDeps());
    const response = await app.inject({ url: `/api/v1/evidence/${evidenceSha256}` });
    expect(response.rawPayload).toEqual(evidenceBytes);
    expect(response.headers['content-disposition']).toMatch(/^attachment; filename="MEMORY.DMP"/);
    expect(response.headers['x-content-type-options']).toBe('nosniff');
    expect(response.headers['content-security-policy']).toContain('sandbox');
  });

  test.each(['a"b\r\nset-cookie: x', '../../etc', '\ud800', 'дамп 💥', 'x'.repeat(10_000)])(
    'survives the hostile name %j and content type',
    async (name) => {
      const useCases = createFakeUseCases({
        readEvidence: async () => ({
          contentType: 'text/html\r\nx: y',
          name,
          sizeBytes: 1,
          bytes: new Uint8Array([1]),
        }),
      });
      await using app = createServer(createDeps({ useCases }));
      const response = await app.inject({ url: `/api/v1/evidence/${evidenceSha256}` });
      expect(response.statusCode).toBe(200);
      expect(response.headers['content-type']).toBe('application/octet-stream');
      expect(response.headers['set-cookie']).toBeUndefined();
      expect(response.headers['content-disposition']).toMatch(
        /^attachment; filename="[\w.-]{1,128}"; filename\*=UTF-8''[\w.%!~-]+$/,
      );
    },
  );
});
