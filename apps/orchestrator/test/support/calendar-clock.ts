import type { Clock } from '@gauntlet/shared/kernel/clock';
import { addMs, type Instant } from '@gauntlet/shared/kernel/instant';
import { systemClock } from '@gauntlet/shared/platform/system-clock';

/**
 * A clock whose calendar runs `scale` times as fast as the machine and can be put forward, and whose
 * waits and durations are the machine's own: queues, leases and databases run in real time, and no
 * fake clock can hurry them. What the calendar decides (schedules, windows, stop rules) passes in
 * seconds.
 */
export interface CalendarClock extends Clock {
  /** Puts the calendar forward to this moment, from where it may run at another pace. */
  jumpTo(at: Instant, scale?: number): void;
}

export function createCalendarClock(startAt: Instant, firstScale: number): CalendarClock {
  let scale = firstScale;
  let from = { at: startAt, ms: systemClock.monotonicMs() };
  const now = () => addMs(from.at, (systemClock.monotonicMs() - from.ms) * scale);
  return {
    now,
    monotonicMs: () => systemClock.monotonicMs(),
    sleep: (ms, signal) => systemClock.sleep(ms, signal),
    jumpTo(at, nextScale = scale) {
      scale = nextScale;
      from = { at, ms: systemClock.monotonicMs() };
    },
  };
}
