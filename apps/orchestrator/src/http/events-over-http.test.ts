import { once } from 'node:events';
import { createServer as createNodeServer, request as httpRequest } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import { describe, expect, test } from 'vitest';
import type { EventSink } from './event-stream.ts';
import { createResponseSink, SlowClient } from './response-sink.ts';
import { createServer } from './server.ts';
import {
  createDeps,
  createFakeEvents,
  createFakeUseCases,
  knownId,
  unknownId,
} from './testing/fakes.ts';

const url = `/api/v1/campaigns/${knownId}/events`;

async function listen() {
  const events = createFakeEvents();
  const useCases = createFakeUseCases(events.useCases);
  const app = createServer(
    createDeps({ useCases, changeFeed: events.changeFeed, clock: systemClock }),
  );
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return { app, events, port };
}

/** Reads until the text has come, at most 30 s. */
async function readUntil(body: ReadableStream<Uint8Array>, wanted: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const chunk of body) {
    text += decoder.decode(chunk, { stream: true });
    if (text.includes(wanted)) return text;
  }
  throw new Error(`the stream ended without ${wanted}: ${text}`);
}

async function follow(port: number, path: string, headers: Record<string, string> = {}) {
  const signal = AbortSignal.timeout(30_000);
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers, signal });
  if (response.body === null) throw new Error('no body');
  return { response, body: response.body };
}

describe('GET /campaigns/{id}/events', { timeout: 60_000 }, () => {
  test('resumes from the header, which is newer than the query', async () => {
    const { app, events, port } = await listen();
    await using _app = app;
    for (let n = 0; n < 5; n += 1) events.append('attempt-settled', { n });
    const headers = { 'last-event-id': '3' };
    const { response, body } = await follow(port, `${url}?lastEventId=1`, headers);
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    const text = await readUntil(body, 'event: progress');
    expect([...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => id)).toEqual(['4', '5']);
    const second = await follow(port, `${url}?lastEventId=1`);
    expect(await readUntil(second.body, 'event: progress')).toContain('id: 2\n');
  });

  test('ends at once when the service closes, and the service closes at once', async () => {
    const { app, events, port } = await listen();
    const { body } = await follow(port, url);
    const reading = body.getReader();
    await reading.read();
    const closedIn = performance.now();
    await app.close();
    expect(performance.now() - closedIn).toBeLessThan(20_000);
    for (let part = await reading.read(); !part.done; ) part = await reading.read();
    expect(events.listeners.size).toBe(0);
  });

  test('forgets a client that went away', async () => {
    const { app, events, port } = await listen();
    await using _app = app;
    const request = httpRequest({ port, host: '127.0.0.1', path: url }).end();
    await once(request, 'response');
    await expect.poll(() => events.listeners.size, { timeout: 20_000 }).toBe(1);
    request.destroy();
    await expect.poll(() => events.listeners.size, { timeout: 20_000 }).toBe(0);
  });

  test('is a problem, not a stream, for an unknown campaign and for a bad id', async () => {
    await using app = createServer(createDeps());
    const unknown = await app.inject({ url: `/api/v1/campaigns/${unknownId}/events` });
    expect([unknown.statusCode, unknown.json().code]).toEqual([404, 'resource.unknown']);
    for (const id of ['-1', 'abc', '1e3', '9'.repeat(17)]) {
      const bad = await app.inject({ url, headers: { 'last-event-id': id } });
      expect([bad.statusCode, bad.json().errors[0].in]).toEqual([400, 'header']);
    }
  });
});

test('a client that takes nothing is let go in time, and little was buffered for it', async () => {
  const outcome = Promise.withResolvers<{ error: unknown; bufferedBytes: number }>();
  const server = createNodeServer((_request, response) => {
    const signal = new AbortController().signal;
    const sink = createResponseSink(response, { clock: systemClock, signal, drainMsMax: 200 });
    void writeForEver(sink).catch((error: unknown) => {
      outcome.resolve({ error, bufferedBytes: response.writableLength });
      response.destroy();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  const { error, bufferedBytes } = await outcome.promise;
  socket.destroy();
  server.close();
  expect(error).toBeInstanceOf(SlowClient);
  expect(bufferedBytes).toBeLessThan(1024 * 1024);
});

async function writeForEver(sink: EventSink): Promise<never> {
  const batch = `data: ${'x'.repeat(64 * 1024)}\n\n`;
  for (;;) await sink.write(batch);
}
