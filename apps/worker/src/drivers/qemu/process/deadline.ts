import type { Clock } from '@gauntlet/shared/kernel/clock';

/** What `within` resolves with when time ran out. */
export const late: unique symbol = Symbol('late');
export type Late = typeof late;

/**
 * The value of `work`, or `late` after `waitMsMax` ms. Rejects with the signal's reason when it
 * aborts first. The work itself goes on: whoever started it ends it.
 */
export async function within<T>(
  work: Promise<T>,
  { clock, waitMsMax, signal }: { clock: Clock; waitMsMax: number; signal?: AbortSignal },
): Promise<T | Late> {
  const done = new AbortController();
  const limit = signal === undefined ? done.signal : AbortSignal.any([done.signal, signal]);
  const timer = clock.sleep(waitMsMax, limit).then(
    (): Late => late,
    (reason: unknown): Late => {
      if (done.signal.aborted) return late;
      throw reason;
    },
  );
  try {
    return await Promise.race([work, timer]);
  } finally {
    done.abort();
    // Whoever lost the race is not to become an unhandled rejection.
    work.catch(() => {});
    timer.catch(() => {});
  }
}
