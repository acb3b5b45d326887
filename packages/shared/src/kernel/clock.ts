import type { Instant } from './instant.ts';

/**
 * Where time comes from. `now` is for records; durations come only from `monotonicMs` on one
 * machine. The system's clock is in platform/, a fake one in testing/, a scaled one belongs to the
 * simulated cluster.
 */
export interface Clock {
  now(): Instant;
  /** Milliseconds since an arbitrary start; never runs backwards. May be fractional. */
  monotonicMs(): number;
  /** Resolves after `ms` (>= 0); rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
