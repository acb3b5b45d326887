import type { Clock } from '@gauntlet/shared/kernel/clock';
import { late, within } from './deadline.ts';

export interface QmpEvent {
  /** Counts every event of this monitor from 0. */
  readonly ordinal: number;
  readonly name: string;
  readonly data: unknown;
  /** By QEMU's own clock, fractional ms since the epoch: arrival times lie under load. */
  readonly atMs: number;
}

export interface EventWanted {
  readonly since: number;
  readonly match: (event: QmpEvent) => boolean;
  /** ms until the wait ends with `late`. */
  readonly waitMsMax: number;
  readonly signal?: AbortSignal;
}

/** The events of one monitor, in order, the newest 256 kept. */
export interface EventLog {
  append(event: Omit<QmpEvent, 'ordinal'>): void;
  /** Number of events so far: the place to wait from. */
  readonly count: number;
  since(ordinal: number): readonly QmpEvent[];
  listen(listener: (event: QmpEvent) => void): () => void;
  /** The first event at or after `since` that matches; one that came earlier is never missed. */
  waitFor(wanted: EventWanted): Promise<QmpEvent | 'late' | 'closed'>;
}

const keptMax = 256;

/** @param whenClosed resolves when no event can come any more */
export function createEventLog(clock: Clock, whenClosed: Promise<'closed'>): EventLog {
  const listeners = new Set<(event: QmpEvent) => void>();
  const events: QmpEvent[] = [];
  let count = 0;

  function listen(listener: (event: QmpEvent) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  return {
    append(given) {
      const event = { ...given, ordinal: count };
      count += 1;
      events.push(event);
      if (events.length > keptMax) events.shift();
      for (const listener of listeners) listener(event);
    },
    get count() {
      return count;
    },
    since: (ordinal) => events.filter((event) => event.ordinal >= ordinal),
    listen,
    async waitFor({ since, match, waitMsMax, signal }) {
      const earlier = events.find((event) => event.ordinal >= since && match(event));
      if (earlier !== undefined) return earlier;
      const { promise, resolve } = Promise.withResolvers<QmpEvent>();
      const stop = listen((event) => {
        if (match(event)) resolve(event);
      });
      const limits = signal === undefined ? { clock, waitMsMax } : { clock, waitMsMax, signal };
      const seen = await within(Promise.race([promise, whenClosed]), limits).finally(stop);
      return seen === late ? 'late' : seen;
    },
  };
}
