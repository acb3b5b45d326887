import { browserClock } from '../platform/browser-clock.ts';

/**
 * When the service was last heard, for the banner that says a screen is stale. Every answer and
 * every piece of an event stream counts.
 */
let heardAtMs = browserClock.monotonicMs();

export function heard(): void {
  heardAtMs = browserClock.monotonicMs();
}

/** Milliseconds since the service was last heard. */
export function silenceMs(): number {
  return browserClock.monotonicMs() - heardAtMs;
}

/** Silence after which a screen calls itself stale; polls come every two seconds. */
export const staleAfterMs = 4_000;
