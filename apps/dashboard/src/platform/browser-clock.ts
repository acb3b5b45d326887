import type { Clock } from '@gauntlet/shared/kernel/clock';
import { toInstant } from '@gauntlet/shared/kernel/instant';

/** The browser's clock: the only file of the dashboard that knows `Date` and timers. */
export const browserClock: Clock = {
  now: () => toInstant(Date.now()),
  monotonicMs: () => performance.now(),
  sleep(ms, signal) {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) {
        reject(signal.reason);
        return;
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      }, ms);
      function onAbort(): void {
        clearTimeout(timer);
        reject(signal?.reason);
      }
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  },
};

/** Runs `work` every `ms` until the signal aborts; the first time after `ms`. */
export async function repeat(ms: number, signal: AbortSignal, work: () => void): Promise<void> {
  while (!signal.aborted) {
    try {
      await browserClock.sleep(ms, signal);
    } catch {
      return;
    }
    work();
  }
}
