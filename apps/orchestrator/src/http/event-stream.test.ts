import { createFakeClock } from '@gauntlet/shared/testing/fake-clock';
import { describe, expect, test } from 'vitest';
import { coalesceMs, heartbeatMs, streamEvents } from './event-stream.ts';
import { aCampaign, createFakeEvents, createFakeUseCases, knownId } from './testing/fakes.ts';

interface Message {
  readonly event: string;
  readonly id: string | undefined;
  readonly data: Record<string, unknown>;
}

function parseMessages(text: string): Message[] {
  return text
    .split('\n\n')
    .filter((block) => block.includes('event: '))
    .map((block) => ({
      event: /^event: ([^\n]*)$/m.exec(block)?.[1] ?? '',
      id: /^id: (.*)$/m.exec(block)?.[1],
      data: JSON.parse(/^data: ([^\n]*)/m.exec(block)?.[1] ?? 'null'),
    }));
}

function startStream({
  lastSeq,
  events = createFakeEvents(),
}: {
  lastSeq?: number;
  events?: ReturnType<typeof createFakeEvents>;
}) {
  const clock = createFakeClock();
  const stopping = new AbortController();
  const sent: string[] = [];
  let room: Promise<void> = Promise.resolve();
  let reads = 0;
  const useCases = createFakeUseCases({
    ...events.useCases,
    readEvents: async (...args) => {
      reads += 1;
      return events.useCases.readEvents(...args);
    },
  });
  const sink = {
    write: async (text: string) => {
      sent.push(text);
      await room;
    },
  };
  const done = streamEvents(useCases, events.changeFeed, {
    campaignId: knownId,
    lastSeq,
    sink,
    clock,
    signal: stopping.signal,
  }).catch((reason: unknown) => reason);
  return {
    clock,
    events,
    sent,
    messages: () => parseMessages(sent.join('')),
    block: (until: Promise<void>) => {
      room = until;
    },
    reads: () => reads,
    stop: async () => {
      stopping.abort();
      await done;
    },
  };
}

// Only CR and LF end a line of an event stream; JSON.stringify escapes both.
describe('an event stream', () => {
  test('begins with how to reconnect and where the campaign stands', async () => {
    const stream = startStream({});
    await stream.clock.advance(0);
    expect(stream.sent[0]).toBe('retry: 2000\n\n');
    const [first, ...rest] = stream.messages();
    expect(rest).toEqual([]);
    expect([first?.event, first?.id]).toEqual(['progress', undefined]);
    expect(first?.data).toMatchObject({ state: 'running', progress: aCampaign.progress });
    await stream.stop();
  });

  test('without a Last-Event-ID sends only what is new', async () => {
    const events = createFakeEvents();
    events.append('state', { state: 'running' });
    const stream = startStream({ events });
    await stream.clock.advance(coalesceMs);
    events.append('bugcheck', { id: 'b' });
    events.notify();
    await stream.clock.advance(coalesceMs);
    expect(stream.messages().filter(({ id }) => id !== undefined)).toMatchObject([
      { event: 'bugcheck', id: '2', data: { id: 'b', seq: 2 } },
    ]);
    await stream.stop();
  });

  test('resumes after the last event the client has, through any number of batches', async () => {
    const events = createFakeEvents();
    for (let n = 0; n < 1000; n += 1) events.append('attempt-settled', { ordinal: n });
    const stream = startStream({ events, lastSeq: 17 });
    await stream.clock.advance(0);
    const ids = stream.messages().flatMap(({ id }) => (id === undefined ? [] : [Number(id)]));
    expect(ids).toEqual(Array.from({ length: 983 }, (_, n) => n + 18));
    await stream.stop();
  });

  test('sends progress at most four times a second, however much changes', async () => {
    const stream = startStream({});
    await stream.clock.advance(0);
    const before = stream.messages().length;
    for (let ms = 0; ms < 1000; ms += 10) {
      stream.events.notify();
      await stream.clock.advance(10);
    }
    expect(stream.messages().length - before).toBeLessThanOrEqual(4);
    expect(stream.messages().length - before).toBeGreaterThanOrEqual(3);
    await stream.stop();
  });

  test('sends what changed last, however close it came to the one before', async () => {
    const stream = startStream({});
    await stream.clock.advance(0);
    stream.events.append('state', { state: 'paused' });
    stream.events.notify();
    await stream.clock.advance(coalesceMs);
    expect(stream.messages().at(-2)).toMatchObject({ event: 'state', id: '1' });
    await stream.stop();
  });

  test('says every 15 s that it is alive when nothing happens', async () => {
    const stream = startStream({});
    await stream.clock.advance(coalesceMs + 4 * heartbeatMs);
    expect(stream.sent.filter((text) => text === ': alive\n\n')).toHaveLength(4);
    await stream.stop();
  });

  test('reads nothing more while the client takes nothing', async () => {
    const stream = startStream({ lastSeq: 0 });
    await stream.clock.advance(coalesceMs);
    const { promise, resolve } = Promise.withResolvers<void>();
    stream.block(promise);
    stream.events.append('attempt-settled');
    stream.events.notify();
    await stream.clock.advance(coalesceMs);
    const [reads, sent] = [stream.reads(), stream.sent.length];
    for (let n = 0; n < 100_000; n += 1) stream.events.append('attempt-settled');
    stream.events.notify();
    await stream.clock.advance(60_000);
    expect([stream.reads(), stream.sent.length]).toEqual([reads, sent]);
    resolve();
    await stream.clock.advance(coalesceMs);
    expect(stream.messages().filter(({ id }) => id !== undefined)).toHaveLength(100_001);
    await stream.stop();
  });

  test('outlives a database that is away for a while, and misses nothing', async () => {
    const events = createFakeEvents();
    const stream = startStream({ events, lastSeq: 0 });
    await stream.clock.advance(coalesceMs);
    const { readEvents } = events.useCases;
    events.useCases.readEvents = async () => {
      throw Object.assign(new Error('gone'), { code: '57P01' });
    };
    events.append('state', { state: 'paused' });
    events.notify();
    await stream.clock.advance(5000);
    expect(stream.messages()).toHaveLength(1);
    events.useCases.readEvents = readEvents;
    await stream.clock.advance(1000);
    expect(stream.messages().slice(1)).toMatchObject([
      { event: 'state', id: '1' },
      { event: 'progress' },
    ]);
    await stream.stop();
  });

  test('leaves no sleeper and no listener behind', async () => {
    const stream = startStream({});
    await stream.clock.advance(5 * coalesceMs);
    await stream.stop();
    expect([stream.clock.sleeping, stream.events.listeners.size]).toEqual([0, 0]);
  });

  test('keeps one message a line, whatever a guest is called', async () => {
    const events = createFakeEvents();
    const vm = 'a\n\nevent: state\ndata: {}\r\u2028 "💥"';
    events.append('bugcheck', { vm });
    const stream = startStream({ events, lastSeq: 0 });
    await stream.clock.advance(0);
    expect(stream.messages().map(({ event }) => event)).toEqual(['bugcheck', 'progress']);
    expect(stream.messages()[0]?.data.vm).toBe(vm);
    await stream.stop();
  });
});
