import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { RemoteError } from './frame.ts';
import {
  protocolVersion,
  readReply,
  requestCharsMax,
  toBootstrapLine,
  toRequestLine,
} from './frame.ts';
import { endProcess, hasEnded } from './kill-ladder.ts';
import { LineFeedShell, type LineFeedShellOptions } from './line-feed-shell.ts';

export const shellFaults = [
  'spawn',
  'exited',
  'timeout',
  'protocol',
  'too-large',
  'aborted',
  'overloaded',
] as const;

/**
 * What became of a call. `refused`: PowerShell answered with an error. `fault`: no answer, so the
 * operation may or may not have happened; ask the cluster, never assume, never repeat.
 */
export type CallOutcome =
  | { readonly kind: 'answer'; readonly data: unknown; readonly warnings: readonly string[] }
  | { readonly kind: 'refused'; readonly error: RemoteError }
  | {
      readonly kind: 'fault';
      readonly fault: (typeof shellFaults)[number];
      readonly detail: string;
    };
export type CallFault = Extract<CallOutcome, { kind: 'fault' }>;

export interface Shell extends AsyncDisposable {
  /** Rises with every shell of a lane; part of each request's id, so late words find no taker. */
  readonly generation: number;
  readonly pid: number | undefined;
  /** True while it can take a call; false for ever after a fault. */
  readonly usable: boolean;
  readonly callCount: number;
  /** As the last reply told, bytes; 0 before the first. */
  readonly workingSetBytes: number;
  /** Loads the module. A fault says why the shell is of no use. */
  boot(msMax: number): Promise<CallFault | null>;
  /** One call at a time; the caller keeps the order. */
  call(op: string, args: unknown, deadlineMs: number): Promise<CallOutcome>;
}

export interface ShellSpec extends LineFeedShellOptions {
  readonly modulePath: string;
}

/** How much longer than an operation may take its answer is waited for, ms. */
export const answerGraceMs = 5000;
/** Of output per call. The library joins chunks in quadratic time, so pages are kept small. */
export const outputBytesMax = 1536 * 1024;

/** Starts one PowerShell. Never throws for a missing executable: `boot` tells. */
export function createShell(spec: ShellSpec, generation: number, clock: Clock): Shell {
  const bare = new LineFeedShell(spec);
  const state = { usable: true, calls: 0, workingSetBytes: 0, output: 0 };
  const overflow = Promise.withResolvers<CallFault>();
  bare.streams.stdout.on('data', (chunk: string | Buffer) => {
    state.output += chunk.length;
    if (state.output > outputBytesMax) {
      overflow.resolve(faultOf('too-large', `more than ${outputBytesMax} bytes of output`));
    }
  });
  const ended = endOf(bare);

  async function invoke(line: string, msMax: number): Promise<string | CallFault> {
    if (!state.usable) return faultOf('exited', 'the shell is out of use');
    state.output = 0;
    const waiting = new AbortController();
    const late = clock.sleep(msMax, waiting.signal).then(
      () => faultOf('timeout', `no answer within ${msMax} ms`),
      () => faultOf('timeout', 'no longer waited for'),
    );
    const result = await Promise.race([run(bare, line), ended, late, overflow.promise]);
    waiting.abort();
    // The library keeps every output of every call otherwise.
    bare.history.length = 0;
    if (typeof result !== 'string') state.usable = false;
    return result;
  }

  return {
    generation,
    get pid() {
      return bare.child.pid;
    },
    get usable() {
      return state.usable && !hasEnded(bare.child);
    },
    get callCount() {
      return state.calls;
    },
    get workingSetBytes() {
      return state.workingSetBytes;
    },
    async boot(msMax) {
      const result = await invoke(toBootstrapLine(spec.modulePath), msMax);
      return typeof result === 'string' ? null : { ...result, fault: 'spawn' };
    },
    async call(op, args, deadlineMs) {
      state.calls += 1;
      const id = `g${generation}-${state.calls}`;
      const line = toRequestLine({ id, op, args, deadlineMs });
      if (line.length > requestCharsMax) {
        return { kind: 'refused', error: tooLong(line.length) };
      }
      const output = await invoke(line, deadlineMs + answerGraceMs);
      if (typeof output !== 'string') return output;
      const reply = readReply(output, id);
      if ('fault' in reply) {
        state.usable = false;
        return faultOf('protocol', reply.fault);
      }
      state.workingSetBytes = reply.workingSetBytes ?? state.workingSetBytes;
      if (reply.ok) return { kind: 'answer', data: reply.data, warnings: reply.warnings ?? [] };
      return { kind: 'refused', error: reply.error ?? nameless };
    },
    async [Symbol.asyncDispose]() {
      state.usable = false;
      await endProcess(bare.child, clock);
    },
  };
}

const nameless: RemoteError = {
  fqid: null,
  category: null,
  type: null,
  hresult: null,
  message: `a refusal without an error (protocol ${protocolVersion})`,
};

/** Runs one line; what the shell printed, or why it is of no use any more. */
async function run(bare: LineFeedShell, line: string): Promise<string | CallFault> {
  try {
    const { stdout, stderr, hadErrors, raw } = await bare.invoke(line);
    if (hadErrors) {
      // The module never writes there: the shell itself complained, and the pipes are out of step.
      return faultOf('protocol', `the shell complained: ${toText(stderr ?? raw).slice(0, 500)}`);
    }
    if (stdout === undefined) return faultOf('exited', 'the shell ended in mid-call');
    return toText(stdout);
  } catch (error) {
    return faultOf('exited', error instanceof Error ? error.message.slice(0, 500) : 'unknown');
  }
}

function toText(output: Buffer | string): string {
  return typeof output === 'string' ? output : output.toString('utf8');
}

function endOf({ child }: LineFeedShell): Promise<CallFault> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(faultOf('spawn', error.message)));
    child.once('exit', (code, signal) => {
      resolve(faultOf('exited', `the shell ended (${signal ?? `exit code ${code}`})`));
    });
  });
}

export function faultOf(fault: CallFault['fault'], detail: string): CallFault {
  return { kind: 'fault', fault, detail };
}

function tooLong(length: number): RemoteError {
  return { ...nameless, message: `the request has ${length} characters, over ${requestCharsMax}` };
}
