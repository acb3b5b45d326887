import { assert } from '../kernel/assert.ts';
import type { Clock } from '../kernel/clock.ts';
import { toInstant } from '../kernel/instant.ts';

/** Node fires a longer timer at once; 24.8 days is more than any wait of ours. */
const sleepMsMax = 2 ** 31 - 1;

/** The machine's own time. The only place that reads it. */
export const systemClock: Clock = {
  now: () => toInstant(Date.now()),
  monotonicMs: () => performance.now(),
  sleep,
};

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  assert(ms >= 0 && ms <= sleepMsMax, `not a time to sleep: ${ms} ms`);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  if (signal?.aborted) {
    reject(signal.reason);
    return promise;
  }
  // Without a listener when there is no signal: a sleep is on the hot path of a fast cluster.
  if (signal === undefined) {
    setTimeout(resolve, ms);
    return promise;
  }
  const onAbort = () => {
    clearTimeout(timer);
    reject(signal.reason);
  };
  const timer = setTimeout(() => {
    signal.removeEventListener('abort', onAbort);
    resolve();
  }, ms);
  signal.addEventListener('abort', onAbort, { once: true });
  return promise;
}
