import { AppError } from '@gauntlet/shared/contracts/errors';
import { ParseError, parse } from '@gauntlet/shared/contracts/parse';
import { type OperationArgs, type OperationName, operations, type ReplyOf } from './operations.ts';
import type { Where } from './options.ts';
import { answerOf, type CallOptions, type Lane } from './powershell/lane.ts';
import { type CallFault, type CallOutcome, faultOf } from './powershell/shell.ts';

export interface Lanes {
  /** Moves, power and credentials. */
  readonly control: Lane;
  /** Everything that only looks: a hung move must not blind crash detection. */
  readonly observation: Lane;
}

export interface AskOptions {
  readonly signal?: AbortSignal | undefined;
  readonly deadlineMs?: number;
}

/** An answer that fits its schema, PowerShell's refusal, or no answer at all. */
export type Tried<Name extends OperationName> =
  | { readonly kind: 'answer'; readonly data: ReplyOf<Name> }
  | Extract<CallOutcome, { kind: 'refused' }>
  | CallFault;

/** Asks the module's operations by name, typed on both sides. */
export interface Desk extends AsyncDisposable {
  /** @throws AppError `driver.unavailable` when it is refused or gets no answer */
  ask<Name extends OperationName>(
    name: Name,
    args: OperationArgs[Name],
    options?: AskOptions,
  ): Promise<ReplyOf<Name>>;
  /** Like `ask`, and says what happened instead of throwing. Never rejects. */
  tryTo<Name extends OperationName>(
    name: Name,
    args: OperationArgs[Name],
    options?: AskOptions,
  ): Promise<Tried<Name>>;
}

export function createDesk(lanes: Lanes, where: Where, callMs: number): Desk {
  async function call(
    name: OperationName,
    args: unknown,
    { signal, deadlineMs = callMs }: AskOptions,
  ): Promise<CallOutcome> {
    const operation = operations[name];
    const lane = lanes[operation.lane];
    const options: CallOptions = { deadlineMs, signal };
    const outcome = await lane.call(name, { where, ...(args as object) }, options);
    // A shell that died under a question is not the cluster's word; a new one may ask it once more.
    const isLost = outcome.kind === 'fault' && /^(exited|protocol)$/.test(outcome.fault);
    return isLost && operation.reads
      ? lane.call(name, { where, ...(args as object) }, options)
      : outcome;
  }

  async function tryTo<Name extends OperationName>(
    name: Name,
    args: OperationArgs[Name],
    options: AskOptions = {},
  ): Promise<Tried<Name>> {
    const outcome = await call(name, args, options);
    if (outcome.kind !== 'answer') return outcome;
    try {
      const data = parse(operations[name].reply, outcome.data, `reply of ${name}`);
      return { kind: 'answer', data: data as ReplyOf<Name> };
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      return faultOf('protocol', error.message.slice(0, 1000));
    }
  }

  return {
    tryTo,
    async ask(name, args, options = {}) {
      options.signal?.throwIfAborted();
      const tried = await tryTo(name, args, options);
      if (tried.kind === 'fault' && tried.fault === 'aborted') {
        throw options.signal?.reason ?? new AppError('driver.unavailable', 'the driver is closed');
      }
      if (tried.kind === 'answer') return tried.data;
      answerOf(tried, name);
      throw new AppError('driver.unavailable', `${name} got no answer`);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([
        lanes.control[Symbol.asyncDispose](),
        lanes.observation[Symbol.asyncDispose](),
      ]);
    },
  };
}
