import type { Clock } from '@gauntlet/shared/kernel/clock';

/** Upper bounds of one attempt beside its own `timeoutMs` and `settleMs`; real milliseconds. */
export interface AttemptLimits {
  /** One question to the cluster: locate, fingerprint, arming the watch, probe. */
  readonly askMs: number;
  /** What a migration or a settle window may take beyond what the job allows. */
  readonly slackMs: number;
  readonly evidenceMs: number;
  readonly recoveryMs: number;
  /** How long a call may go on after its signal aborted before it is given up. */
  readonly abortMs: number;
}

export const attemptLimits: AttemptLimits = {
  askMs: 120_000,
  slackMs: 60_000,
  evidenceMs: 300_000,
  recoveryMs: 600_000,
  abortMs: 10_000,
};

export interface Limit {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Real ms until the call is aborted, > 0. */
  readonly ms: number;
  /** Real ms the aborted call still has to come to an end, > 0. */
  readonly abortMs: number;
}

/** `late`: it neither ended in time nor after it was aborted; it may still be at work. */
export type Bounded<Value> =
  | { readonly kind: 'done'; readonly value: Value }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'late' };

/**
 * A reason of our own for aborting what only waits: without one the platform makes an exception
 * with a stack each time, which cost a third of a fast cluster's attempt.
 */
export const over = 'over';

/**
 * Runs `work` with a signal that aborts with `limit.signal` or after `limit.ms`, and never waits
 * longer than `limit.ms + limit.abortMs`, whatever the work does. Never rejects.
 */
export async function within<Value>(
  { clock, signal, ms, abortMs }: Limit,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Bounded<Value>> {
  const call = new AbortController();
  // The timer has a signal of its own: ending a wait must not abort a call that was done.
  let timer = new AbortController();
  let isOver = false;
  const onAbort = () => {
    call.abort(signal.reason);
    timer.abort(over);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([settle(work, call.signal), watchdog()]);
  } finally {
    isOver = true;
    signal.removeEventListener('abort', onAbort);
    timer.abort(over);
  }

  async function watchdog(): Promise<Bounded<Value>> {
    await clock.sleep(ms, timer.signal).catch(ignore);
    if (isOver) return late;
    signal.removeEventListener('abort', onAbort);
    timer = new AbortController();
    if (!call.signal.aborted) call.abort(new Error(`no answer within ${ms} ms`));
    await clock.sleep(abortMs, timer.signal).catch(ignore);
    return late;
  }
}

const late = { kind: 'late' } as const;

async function settle<Value>(
  work: (signal: AbortSignal) => Promise<Value>,
  signal: AbortSignal,
): Promise<Bounded<Value>> {
  try {
    return { kind: 'done', value: await work(signal) };
  } catch (error) {
    return { kind: 'failed', error };
  }
}

function ignore(): void {}

/** What went wrong with a bounded call, as one sentence for people. */
export function toReason(what: string, ended: Exclude<Bounded<unknown>, { kind: 'done' }>): string {
  return ended.kind === 'late'
    ? `${what}: it did not end in time`
    : `${what}: ${toText(ended.error)}`;
}

export function toText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
