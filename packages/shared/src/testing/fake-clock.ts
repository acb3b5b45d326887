import type { Clock } from '../kernel/clock.ts';
import { type Instant, toInstant } from '../kernel/instant.ts';

export interface FakeClock extends Clock {
  /** Moves time on by `ms` and wakes every sleeper that is due, in the order of their times. */
  advance(ms: number): Promise<void>;
  /** Sleepers that wait now. */
  readonly sleeping: number;
}

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

/** A clock that stands still until told to go on. Between two wakes all settled promises run. */
export function createFakeClock(startAt: Instant = toInstant(1_700_000_000_000)): FakeClock {
  let elapsedMs = 0;
  let sleepers: Sleeper[] = [];

  function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const leave = () => {
        sleepers = sleepers.filter((other) => other !== sleeper);
        signal?.removeEventListener('abort', onAbort);
      };
      const onAbort = () => {
        leave();
        reject(signal?.reason);
      };
      const sleeper: Sleeper = {
        dueMs: elapsedMs + ms,
        wake: () => {
          leave();
          resolve();
        },
      };
      sleepers.push(sleeper);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  async function advance(ms: number): Promise<void> {
    const untilMs = elapsedMs + ms;
    for (;;) {
      await settle();
      const next = sleepers
        .filter((sleeper) => sleeper.dueMs <= untilMs)
        .reduce<Sleeper | undefined>(
          (a, b) => (a === undefined || b.dueMs < a.dueMs ? b : a),
          undefined,
        );
      if (next === undefined) break;
      elapsedMs = Math.max(elapsedMs, next.dueMs);
      next.wake();
    }
    elapsedMs = untilMs;
    await settle();
  }

  return {
    now: () => toInstant(startAt + elapsedMs),
    monotonicMs: () => elapsedMs,
    sleep,
    advance,
    get sleeping() {
      return sleepers.length;
    },
  };
}

/** Lets everything run that waits for nothing but other promises. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
