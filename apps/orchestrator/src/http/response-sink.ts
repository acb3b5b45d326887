import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { EventSink } from './event-stream.ts';

/** The client did not take what it was sent in time. */
export class SlowClient extends Error {
  override readonly name = 'SlowClient';
}

/**
 * Writes to one response and waits, at most `drainMsMax`, until the client has taken it. So one
 * batch is the most that is ever buffered for a client.
 */
export function createResponseSink(
  response: ServerResponse,
  { clock, signal, drainMsMax }: { clock: Clock; signal: AbortSignal; drainMsMax: number },
): EventSink {
  return {
    write: async (text) => {
      signal.throwIfAborted();
      if (response.write(text)) return;
      const over = new AbortController();
      const either = AbortSignal.any([signal, over.signal]);
      const drained = once(response, 'drain', { signal: either }).then(() => true);
      const late = clock.sleep(drainMsMax, either).then(() => false);
      try {
        if (!(await Promise.race([drained, late]))) throw new SlowClient('client takes nothing');
      } finally {
        over.abort();
        await Promise.allSettled([drained, late]);
      }
    },
  };
}
