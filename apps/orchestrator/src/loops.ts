import { AppError } from '@gauntlet/shared/contracts/errors';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { Log } from './application/ports.ts';

export interface LoopContext {
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** What is broken now, a sentence each, by the loop that found it. */
  readonly troubles: Map<string, string>;
  /** Loops whose cluster has no worker now: a state of the world, not a fault of ours. */
  readonly silent: Set<string>;
}

export interface Loop {
  readonly name: string;
  readonly everyMs: number;
  readonly work: () => Promise<void>;
}

const backOffMsMax = 5_000;

/** Runs `work` now and then `everyMs` after each end: never twice at once. Ends with the signal. */
export async function runLoop(context: LoopContext, loop: Loop): Promise<void> {
  const { clock, signal } = context;
  let failures = 0;
  while (!signal.aborted) {
    failures = (await attempt(context, loop.name, loop.work)) ? 0 : failures + 1;
    const waitMs = failures === 0 ? loop.everyMs : backOffMs(Math.max(50, loop.everyMs), failures);
    await clock.sleep(waitMs, signal).catch(() => {});
  }
}

export interface Lanes {
  /** Runs the work for this key soon; kicks during a run are one more run after it. */
  kick(key: string): void;
  /** Resolves when nothing runs any more; call after the signal aborted. */
  idle(): Promise<void>;
}

/** One lane per key: work of one key never overlaps itself, different keys do not wait. */
export function createLanes(
  context: LoopContext,
  name: string,
  work: (key: string) => Promise<void>,
): Lanes {
  const running = new Map<string, Promise<void>>();
  const again = new Set<string>();

  async function drive(key: string): Promise<void> {
    const { clock, signal } = context;
    let failures = 0;
    do {
      again.delete(key);
      const ok = await attempt(context, `${name} ${key}`, () => work(key));
      failures = ok ? 0 : failures + 1;
      if (!ok) await clock.sleep(backOffMs(50, failures), signal).catch(() => {});
    } while (!signal.aborted && (failures > 0 || again.has(key)));
    running.delete(key);
  }

  return {
    kick(key) {
      if (context.signal.aborted) return;
      if (running.has(key)) again.add(key);
      else running.set(key, drive(key));
    },
    async idle() {
      await Promise.all(running.values());
    },
  };
}

function backOffMs(baseMs: number, failures: number): number {
  return Math.min(baseMs * 2 ** Math.min(failures, 10), backOffMsMax);
}

/** Says whether it worked. A lost database breaks every loop at once, and is one line of log. */
async function attempt(
  context: LoopContext,
  name: string,
  work: () => Promise<void>,
): Promise<boolean> {
  try {
    await work();
    noteSuccess(context, name);
    return true;
  } catch (err) {
    if (!context.signal.aborted) noteFailure(context, name, err);
    return false;
  }
}

function noteSuccess({ log, troubles, silent }: LoopContext, name: string): void {
  silent.delete(name);
  if (troubles.delete(name) && troubles.size === 0) log.info({ loop: name }, 'all works again');
}

function noteFailure({ log, troubles, silent }: LoopContext, name: string, err: unknown): void {
  if (err instanceof AppError && err.code === 'cluster.silent') {
    if (!silent.has(name))
      log.warn({ loop: name, because: err.message }, 'a cluster does not answer: trying again');
    silent.add(name);
    return;
  }
  const isFirst = troubles.size === 0;
  const isNew = !troubles.has(name);
  troubles.set(name, `${name}: ${err instanceof Error ? err.message : String(err)}`);
  if (isFirst) log.error({ err, loop: name }, 'failed: no new attempt starts until it works');
  else if (isNew) log.debug({ err, loop: name }, 'failed as well');
}
