import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import { createFakeClock } from '@gauntlet/shared/testing/fake-clock';
import { describe, expect, test } from 'vitest';
import { generousRateLimit } from './rate-limit.ts';
import { createServer } from './server.ts';
import { createDeps, createFakeUseCases } from './testing/fakes.ts';

describe('the rate limit', () => {
  test('ends a flood from one address, spares others, and is over a second later', async () => {
    const clock = createFakeClock();
    await using app = createServer(createDeps({ clock }));
    const ask = (remoteAddress: string) => app.inject({ url: '/health/live', remoteAddress });
    for (let n = 0; n < generousRateLimit.burst; n += 1) {
      if ((await ask('127.0.0.2')).statusCode !== 200) throw new Error(`refused at ${n}`);
    }
    const refused = await ask('127.0.0.2');
    expect([refused.statusCode, refused.headers['retry-after']]).toEqual([429, '1']);
    expect(refused.json().code).toBe('request.too-many');
    expect((await ask('127.0.0.3')).statusCode).toBe(200);
    const stop = await app.inject({
      method: 'POST',
      url: '/api/v1/stop',
      remoteAddress: '127.0.0.2',
    });
    expect(stop.statusCode).toBe(200);
    await clock.advance(1000);
    expect((await ask('127.0.0.2')).statusCode).toBe(200);
  }, 30_000);
});

describe('what is refused before there is a request', () => {
  test.each([
    ['no HTTP at all', 'hello\r\n\r\n', 400],
    [
      'headers of 20 KiB',
      `GET / HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
      413,
    ],
  ])('is a problem too: %s', async (_what, text, status) => {
    await using app = createServer(createDeps());
    await app.listen({ host: '127.0.0.1', port: 0 });
    const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
    socket.write(text);
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    await once(socket, 'end');
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ status });
  });
});

test('closing lets a running request finish', async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const useCases = createFakeUseCases({
    readSystem: async () => {
      await promise;
      return { version: 'finished' } as never;
    },
  });
  const app = createServer(createDeps({ useCases }));
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const response = fetch(`http://127.0.0.1:${port}/api/v1/system`);
  await expect.poll(() => app.server.listening).toBe(true);
  await new Promise((wake) => setTimeout(wake, 50));
  const closed = app.close();
  resolve();
  expect(await (await response).json()).toEqual({ version: 'finished' });
  await closed;
});
