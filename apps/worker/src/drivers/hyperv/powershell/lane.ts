import { AppError } from '@gauntlet/shared/contracts/errors';
import { type CallOutcome, faultOf } from './shell.ts';
import {
  createShellKeeper,
  defaultShellLimits,
  type KeeperParts,
  type ShellLimits,
} from './shell-keeper.ts';

export interface LaneLimits extends ShellLimits {
  /** Calls that may wait, the one in flight among them. */
  readonly waitingMax: number;
}

export interface CallOptions {
  /** What the operation may take, ms. */
  readonly deadlineMs: number;
  /** Stops the waiting, not the operation: that runs on, and its answer is dropped. */
  readonly signal?: AbortSignal | undefined;
}

export interface Lane extends AsyncDisposable {
  call(op: string, args: unknown, options: CallOptions): Promise<CallOutcome>;
  /** The generation of the present shell: how often it was replaced. */
  readonly generation: number;
  readonly pid: number | undefined;
}

/**
 * One shell at a time, one call at a time, in order. A shell that timed out, died or spoke out of
 * turn is ended and replaced; the next call gets the new one.
 */
export function createLane(parts: KeeperParts & { readonly limits?: Partial<LaneLimits> }): Lane {
  const { name, clock, log } = parts;
  const limits: LaneLimits = { ...defaultShellLimits, waitingMax: 256, ...parts.limits };
  const keeper = createShellKeeper(parts, limits);
  const ending = new AbortController();
  let waiting = 0;
  let tail: Promise<unknown> = Promise.resolve();

  async function perform(op: string, args: unknown, deadlineMs: number): Promise<CallOutcome> {
    if (ending.signal.aborted) return faultOf('aborted', 'the driver was closed');
    const shell = await keeper.lease();
    if ('kind' in shell) return shell;
    const startedMs = clock.monotonicMs();
    const outcome = await shell.call(op, args, deadlineMs);
    if (outcome.kind === 'fault') {
      const durationMs = Math.round(clock.monotonicMs() - startedMs);
      const { fault, detail } = outcome;
      const { generation } = shell;
      log.warn({ lane: name, op, generation, durationMs, fault, detail }, 'powershell call failed');
      await keeper.retire();
    }
    return outcome;
  }

  return {
    get generation() {
      return keeper.generation;
    },
    get pid() {
      return keeper.pid;
    },
    async call(op, args, { deadlineMs, signal }) {
      if (signal?.aborted) return faultOf('aborted', 'aborted before it began');
      if (waiting >= limits.waitingMax) {
        return faultOf('overloaded', `${waiting} calls wait on lane ${name}`);
      }
      waiting += 1;
      const turn = tail.then(async () => {
        if (signal?.aborted) return faultOf('aborted', 'aborted before it began');
        return perform(op, args, deadlineMs);
      });
      tail = turn.then(
        () => (waiting -= 1),
        () => (waiting -= 1),
      );
      const signals = signal === undefined ? [ending.signal] : [ending.signal, signal];
      return withAbort(turn, AbortSignal.any(signals));
    },
    async [Symbol.asyncDispose]() {
      ending.abort();
      // The call in flight ends with its shell; what waits finds the lane closed.
      await keeper.retire();
      await tail;
      await keeper.retire();
    },
  };
}

/** The outcome, or `aborted` as soon as the signal says so. */
function withAbort(turn: Promise<CallOutcome>, signal: AbortSignal): Promise<CallOutcome> {
  return new Promise((resolve, reject) => {
    const onAbort = () => resolve(faultOf('aborted', 'no longer waited for'));
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    turn.finally(() => signal.removeEventListener('abort', onAbort)).then(resolve, reject);
  });
}

/** @throws AppError for a call whose answer is needed: refused or without one */
export function answerOf(outcome: CallOutcome, op: string): unknown {
  switch (outcome.kind) {
    case 'answer':
      return outcome.data;
    case 'refused':
      throw new AppError('driver.unavailable', `${op} was refused: ${outcome.error.message}`, {
        details: { op, fqid: outcome.error.fqid, hresult: outcome.error.hresult },
      });
    default:
      throw new AppError('driver.unavailable', `${op} got no answer: ${outcome.detail}`, {
        details: { op, fault: outcome.fault },
      });
  }
}
