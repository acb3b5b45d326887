import { readFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { buildDump } from '@gauntlet/shared/testing/dump-builder';
import { describe, expect, test } from 'vitest';
import { createServer } from './server.ts';
import { createDeps } from './testing/fakes.ts';

const fixtures = '../../../../packages/shared/src/evidence/fixtures/';
const read = (name: string) => readFileSync(new URL(fixtures + name, import.meta.url));

describe('POST /evidence/dump-header', () => {
  test('reads a dump without any cluster', async () => {
    await using app = createServer(createDeps());
    const response = await app.inject({
      method: 'POST',
      url: '/api/v1/evidence/dump-header',
      headers: { 'content-type': 'application/octet-stream' },
      payload: Buffer.from(buildDump({ upTime: 36_000_000_000n })),
    });
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({
      code: '0x000000D1',
      name: 'DRIVER_IRQL_NOT_LESS_OR_EQUAL',
      isCrash: true,
      osBuild: '7601',
      machine: 'amd64',
      dumpType: 'kernel',
      crashedAt: '2011-10-25T08:30:00.000Z',
      uptimeMs: 3_600_000,
      drivers: [],
      bucketKey: 'guest|0x000000D1|?|?',
    });
    expect(response.json().parameters).toHaveLength(4);
  });

  test.each([
    ['nothing', Buffer.alloc(0), 'less than 8 bytes'],
    ['a text', Buffer.from('hello, this is no dump'), 'PAGE'],
    ['half a header', Buffer.from(buildDump()).subarray(0, 5000), '5000 of 8192'],
    ['a dump of a process', Buffer.from('MDMP'.repeat(100)), 'process'],
  ])('refuses %s with 422 and the reason', async (_what, payload, reason) => {
    await using app = createServer(createDeps());
    const response = await app.inject({
      method: 'POST',
      url: '/api/v1/evidence/dump-header',
      headers: { 'content-type': 'application/octet-stream' },
      payload,
    });
    expect(response.statusCode).toBe(422);
    expect(response.json()).toMatchObject({ code: 'request.impossible' });
    expect(response.json().detail).toContain(reason);
  });

  test('takes nothing but octets', async () => {
    await using app = createServer(createDeps());
    const response = await app.inject({
      method: 'POST',
      url: '/api/v1/evidence/dump-header',
      payload: { a: 1 },
    });
    expect(response.statusCode).toBe(415);
  });

  test('answers before a dump of 100 GB has arrived, and cuts it off', async () => {
    await using app = createServer(createDeps());
    await app.listen({ host: '127.0.0.1', port: 0 });
    const { port } = app.server.address() as { port: number };
    const status = await new Promise<number>((resolve, reject) => {
      const upload = httpRequest(
        {
          port,
          method: 'POST',
          path: '/api/v1/evidence/dump-header',
          headers: { 'content-type': 'application/octet-stream', 'content-length': 100 * 2 ** 30 },
        },
        (response) => {
          resolve(response.statusCode ?? 0);
          response.resume();
          upload.destroy();
        },
      );
      upload.on('error', reject);
      upload.write(buildDump());
    });
    expect(status).toBe(200);
  });
});

describe('POST /evidence/debugger-text', () => {
  const post = async (payload: string | Buffer) => {
    await using app = createServer(createDeps());
    return await app.inject({
      method: 'POST',
      url: '/api/v1/evidence/debugger-text',
      headers: { 'content-type': 'text/plain' },
      payload,
    });
  };

  test.each(['analyze-old.txt', 'analyze-new.txt'])('reads %s', async (name) => {
    const response = await post(read(name));
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject({
      code: '0x000000D1',
      module: 'storvsc',
      function: 'StorChannelVmbusCallback',
      bucketKey: 'guest|0x000000D1|storvsc|StorChannelVmbusCallback',
      knownIssue: 'KB2636573',
      confidence: 'high',
      others: [],
    });
  });

  test('reads what Windows PowerShell saved as UTF-16', async () => {
    const text = read('analyze-old.txt').toString('utf8');
    const bytes = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
    expect((await post(bytes)).json()).toMatchObject({ code: '0x000000D1' });
  });

  test('refuses a text without a STOP code with 422', async () => {
    expect((await post('nothing to see')).statusCode).toBe(422);
    expect((await post('')).statusCode).toBe(422);
  });

  test('takes more than a megabyte, not more than eight', async () => {
    expect((await post(`BugCheck D1, {0, 2, 0, 0}\n${'x\n'.repeat(1_000_000)}`)).statusCode).toBe(
      200,
    );
    expect((await post('x'.repeat(9 * 1024 * 1024))).statusCode).toBe(413);
  });
});

describe('POST /evidence/event', () => {
  const post = async (payload: string | Buffer) => {
    await using app = createServer(createDeps());
    return await app.inject({
      method: 'POST',
      url: '/api/v1/evidence/event',
      headers: { 'content-type': 'application/xml' },
      payload,
    });
  };

  test.each([
    ['18590.xml', { kind: 'guest-bugcheck', code: '0x000000D1', vmName: 'sql-1' }],
    ['18590-linux.xml', { kind: 'guest-bugcheck', code: null, parameters: [] }],
    ['1001.xml', { kind: 'guest-bugcheck', dumpPath: 'C:\\Windows\\MEMORY.DMP' }],
    ['41.xml', { kind: 'guest-bugcheck', code: '0x000000D1', timeIs: 'next-boot' }],
  ])('reads %s', async (name, expected) => {
    const response = await post(read(name));
    expect(response.statusCode).toBe(200);
    expect(response.json()).toMatchObject(expected);
  });

  test.each(['', 'no xml', '<Event>', '<!DOCTYPE a [<!ENTITY b "c">]><Event/>'])(
    'refuses %j with 400 and the reason',
    async (payload) => {
      const response = await post(payload);
      expect(response.statusCode).toBe(400);
      expect(response.json().errors).toHaveLength(1);
    },
  );
});
