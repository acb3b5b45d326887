import { assert } from '@gauntlet/shared/kernel/assert';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import { type Instant, toInstant } from '@gauntlet/shared/kernel/instant';
import { createSleepQueue } from './sleep-queue.ts';

/**
 * Real ms by which simulated time may run ahead of the scale. Within it sleepers are woken at once,
 * in order, each when what the one before it set off has come to rest: thousands of sleeps of
 * microseconds then share one timer, and over time the scale still holds.
 */
const leadMsDefault = 4;
/** Sleepers woken in one turn of the event loop: in-process, a turn also runs a database. */
const wakesPerTurn = 32;
/** Real ms of one timer at most: Node fires longer ones at once. */
const timerMsMax = 86_400_000;

export interface ScaledClock extends Clock, Disposable {
  /** Simulated ms per real ms; > 0. */
  setScale(scale: number): void;
}

export interface ScaledClockOptions {
  /** Simulated ms per real ms; > 0. */
  readonly scale: number;
  /** Simulated time at the start; that of the base clock unless told otherwise. */
  readonly startAt?: Instant;
  /** Real ms by which it may run ahead, >= 0; 0: it never wakes a sleeper early in real time. */
  readonly leadMsMax?: number;
}

/** Why a sleep ended before its time: its clock was taken down. */
export class ClockStoppedError extends Error {
  override readonly name = 'ClockStoppedError';
}

/** Simulated time runs at `scale` from a moment both times are known of. */
interface Pace {
  readonly scale: number;
  readonly simulatedMs: number;
  readonly realMs: number;
}

function toPace(scale: number, from: Omit<Pace, 'scale'>): Pace {
  assert(scale > 0 && Number.isFinite(scale), `not a time scale: ${scale}`);
  return { scale, ...from };
}

/** Once every promise that is settled by now has run its course, in this turn of the event loop. */
function afterMicrotasks(work: () => void): void {
  queueMicrotask(() => process.nextTick(work));
}

function stoppedError(): ClockStoppedError {
  return new ClockStoppedError('the simulated clock was stopped');
}

/**
 * A clock that runs `scale` times as fast as `base`. All sleepers wait in one queue behind one
 * timer and are woken strictly in the order of their times.
 */
export function createScaledClock(
  base: Clock,
  { scale, startAt = base.now(), leadMsMax = leadMsDefault }: ScaledClockOptions,
): ScaledClock {
  const queue = createSleepQueue();
  let pace = toPace(scale, { simulatedMs: 0, realMs: base.monotonicMs() });
  let reachedMs = 0;
  let turnPending = false;
  let wakesLeft = 0;
  let stopped = false;
  const alarm = createAlarm(base);
  const scaledMs = () => pace.simulatedMs + (base.monotonicMs() - pace.realMs) * pace.scale;

  function monotonicMs(): number {
    reachedMs = Math.max(reachedMs, scaledMs());
    return reachedMs;
  }

  function setScale(next: number): void {
    pace = toPace(next, { simulatedMs: scaledMs(), realMs: base.monotonicMs() });
    alarm.clear();
    arrange();
  }

  function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    assert(ms >= 0, `not a time to sleep: ${ms} ms`);
    if (stopped) return Promise.reject(stoppedError());
    const slept = queue.sleepUntil(monotonicMs() + ms, signal);
    arrange();
    return slept;
  }

  /** Sees to it that the next sleeper is woken: by the next turn, or by a timer. */
  function arrange(): void {
    if (turnPending || stopped) return;
    const next = queue.peek();
    if (next === undefined) return alarm.clear();
    const aheadMs = (next.dueMs - scaledMs()) / pace.scale;
    if (aheadMs > leadMsMax) return alarm.set(next.dueMs, aheadMs, arrange);
    turnPending = true;
    if (wakesLeft > 0) return afterMicrotasks(wakeNext);
    setImmediate(() => {
      wakesLeft = wakesPerTurn;
      wakeNext();
    });
  }

  function wakeNext(): void {
    turnPending = false;
    if (stopped) return;
    wakesLeft -= 1;
    const next = queue.peek();
    const isDue = next !== undefined && (next.dueMs - scaledMs()) / pace.scale <= leadMsMax;
    if (isDue) {
      queue.pop();
      reachedMs = Math.max(reachedMs, next.dueMs);
      next.end();
    } else wakesLeft = 0;
    arrange();
  }

  /** Every sleeper is told at once, so that nobody waits for a time that never comes. */
  function stop(): void {
    stopped = true;
    alarm.clear();
    for (let next = queue.peek(); next !== undefined; next = queue.peek()) {
      queue.pop();
      next.end(stoppedError());
    }
  }

  return {
    setScale,
    now: () => toInstant(startAt + monotonicMs()),
    monotonicMs,
    sleep,
    [Symbol.dispose]: stop,
  };
}

/** One timer of the base clock; an earlier time replaces a later one. */
function createAlarm(base: Clock) {
  let armed: { readonly dueMs: number; readonly abort: AbortController } | null = null;

  function set(dueMs: number, realMs: number, ring: () => void): void {
    if (armed !== null && armed.dueMs <= dueMs) return;
    clear();
    const own = { dueMs, abort: new AbortController() };
    armed = own;
    const ended = () => {
      if (armed !== own) return;
      armed = null;
      ring();
    };
    const ms = Math.min(Math.max(1, realMs), timerMsMax);
    base.sleep(ms, own.abort.signal).then(ended, ended);
  }

  function clear(): void {
    const cleared = armed;
    armed = null;
    cleared?.abort.abort();
  }

  return { set, clear };
}
