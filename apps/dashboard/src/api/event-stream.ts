import { browserClock } from '../platform/browser-clock.ts';
import { authorization } from './api-key.ts';
import { heard } from './contact.ts';
import { apiRoot } from './http.ts';
import { createSseParser, type StreamEvent } from './sse-parser.ts';

export interface EventStreamWatcher {
  /** At most four times a second, with everything that came since the last time. */
  onEvents(events: readonly StreamEvent[]): void;
  /** True while the stream is connected; screens poll faster while it is not. */
  onConnected(connected: boolean): void;
}

const flushMs = 250;
const retryMsMin = 500;
const retryMsMax = 5_000;
/** Events kept between two flushes; older ones are dropped, the resources are read anew anyway. */
const pendingMax = 500;

/**
 * Follows a campaign's events until the signal aborts, over `fetch`: an EventSource cannot carry an
 * API key. Resumes after the last event seen.
 */
export function followEvents(path: string, watcher: EventStreamWatcher, signal: AbortSignal): void {
  const pending = createPending(watcher, signal);
  void keepFollowing(path, watcher, pending, signal);
}

async function keepFollowing(
  path: string,
  watcher: EventStreamWatcher,
  pending: (event: StreamEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  let lastEventId = '';
  let retryMs = retryMsMin;
  const onEvent = (event: StreamEvent): void => {
    if (event.id !== '') lastEventId = event.id;
    retryMs = retryMsMin;
    pending(event);
  };
  while (!signal.aborted) {
    await followOnce({ path, lastEventId, watcher, onEvent, signal });
    watcher.onConnected(false);
    try {
      await browserClock.sleep(retryMs, signal);
    } catch {
      return;
    }
    retryMs = Math.min(2 * retryMs, retryMsMax);
  }
}

interface Connection {
  readonly path: string;
  readonly lastEventId: string;
  readonly watcher: EventStreamWatcher;
  readonly onEvent: (event: StreamEvent) => void;
  readonly signal: AbortSignal;
}

/** One connection, until it ends for whatever reason. */
async function followOnce(connection: Connection): Promise<void> {
  const { path, lastEventId, watcher, signal } = connection;
  const headers: Record<string, string> = { accept: 'text/event-stream', ...authorization() };
  if (lastEventId !== '') headers['last-event-id'] = lastEventId;
  try {
    const response = await fetch(apiRoot + path, { headers, signal, cache: 'no-store' });
    if (!response.ok || response.body === null) return;
    watcher.onConnected(true);
    await pump(response.body, createSseParser(connection.onEvent));
  } catch {
    // Lost: the caller tries again.
  }
}

async function pump(
  body: ReadableStream<Uint8Array>,
  feed: (piece: string) => void,
): Promise<void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    heard();
    feed(decoder.decode(value, { stream: true }));
  }
}

/** Collects events and hands them over at most every `flushMs`. */
function createPending(
  watcher: EventStreamWatcher,
  signal: AbortSignal,
): (event: StreamEvent) => void {
  let events: StreamEvent[] = [];
  let waiting = false;

  async function flushLater(): Promise<void> {
    waiting = true;
    try {
      await browserClock.sleep(flushMs, signal);
    } catch {
      return;
    }
    waiting = false;
    const ready = events;
    events = [];
    watcher.onEvents(ready);
  }

  return (event) => {
    events.push(event);
    if (events.length > pendingMax) events = events.slice(-pendingMax);
    if (!waiting) void flushLater();
  };
}
