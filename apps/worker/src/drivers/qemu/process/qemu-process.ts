import { type ChildProcess, spawn } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import { AppError } from '@gauntlet/shared/contracts/errors';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import { createGuestConsole, type GuestConsole } from '../guest-console.ts';
import { late, within } from './deadline.ts';
import { QmpClient } from './qmp-client.ts';
import { forgetProcess, recordProcess } from './sweep.ts';

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One QEMU process: a guest on one of the slots, or on its way to one. */
export interface QemuProcess {
  readonly name: string;
  readonly pid: number;
  readonly qmp: QmpClient;
  readonly console: GuestConsole;
  /** File descriptor 5 of the process: golden streams go through it in either direction. */
  readonly stream: Duplex;
  readonly exited: Promise<ProcessExit>;
  /** null while it lives. */
  readonly exit: ProcessExit | null;
  /** True once we asked it to end: what follows is no finding. */
  readonly dismissed: boolean;
  /** The end of what it wrote to its standard error. */
  errorText(): string;
  /** Ends it: `quit` first, SIGKILL when that takes too long. Resolves when it is gone. */
  quit(): Promise<void>;
  /** SIGKILL. Resolves when it is gone. */
  kill(): Promise<void>;
}

export interface LaunchOptions {
  readonly binary: string;
  /** Unique within `runDir`; stands on the command line too. */
  readonly name: string;
  readonly args: readonly string[];
  /** The working folder of the process, so that socket paths can be relative and short. */
  readonly runDir: string;
  readonly clock: Clock;
  /** A file that backs the guest's RAM, as descriptor 6 of the process; null: none. */
  readonly ramFile: number | null;
}

/** Descriptors of every QEMU process, after the three standard ones. */
export const descriptors = { qmp: 3, console: 4, stream: 5, ram: 6 } as const;

const greetingMsMax = 60_000;
const quitMsMax = 2_000;
const lastWordsMsMax = 500;
const errorTextMax = 8 * 1024;

/**
 * Starts QEMU and resolves when its monitor answers. The monitor, the serial line and the golden
 * stream are descriptors inherited at birth: no socket in the file system, no race to connect.
 * The kernel kills it with the thread that started it, so call this from the main thread only.
 * @throws AppError `driver.unavailable` with what QEMU said
 */
export async function launchQemu(options: LaunchOptions, signal: AbortSignal) {
  const started = startProcess(options);
  try {
    await started.qmp.greet(greetingMsMax, signal);
    return started;
  } catch (cause) {
    await started.kill();
    if (signal.aborted) throw cause;
    const said = started.errorText().trim() || `exit ${JSON.stringify(started.exit)}`;
    throw new AppError('driver.unavailable', `QEMU did not start: ${said}`, { cause });
  }
}

function startProcess({ binary, name, args, runDir, clock, ramFile }: LaunchOptions): QemuProcess {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', binary, '-name', name, ...args], {
    cwd: runDir,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', 'pipe', 'pipe', ramFile ?? 'ignore'],
  });
  if (child.pid !== undefined) recordProcess(runDir, name, child.pid);
  let exit: ProcessExit | null = null;
  let dismissed = false;
  const errorText = collectText(child.stderr);
  const qmp = new QmpClient(streamOf(child, descriptors.qmp), clock);
  const stream = streamOf(child, descriptors.stream);
  stream.on('error', () => {}); // QEMU closes its end as it likes; the monitor tells the story
  const exited = whenExited(child).then(async (seen) => {
    exit = seen;
    forgetProcess(runDir, name);
    // Its last messages are still on their way; whoever hears of the end hears them first.
    await within(qmp.whenClosed, { clock, waitMsMax: lastWordsMsMax });
    qmp.close();
    if (stream.readableFlowing === null) stream.destroy(); // nobody reads it
    return seen;
  });

  async function kill(): Promise<void> {
    dismissed = true;
    if (exit === null) child.kill('SIGKILL');
    await exited;
  }

  async function quit(): Promise<void> {
    dismissed = true;
    if (exit === null) qmp.execute('quit', {}, quitMsMax).catch(() => {});
    if ((await within(exited, { clock, waitMsMax: quitMsMax })) === late) await kill();
  }

  return {
    name,
    pid: child.pid ?? -1,
    qmp,
    console: createGuestConsole(streamOf(child, descriptors.console), clock),
    stream,
    exited,
    get exit() {
      return exit;
    },
    get dismissed() {
      return dismissed;
    },
    errorText,
    quit,
    kill,
  };
}

function whenExited(child: ChildProcess): Promise<ProcessExit> {
  return new Promise((resolve) => {
    child.once('error', () => resolve({ code: null, signal: null }));
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

function streamOf(child: ChildProcess, descriptor: number): Duplex {
  // Node makes every further `pipe` a connected pair of sockets, open in both directions.
  return child.stdio[descriptor] as Duplex;
}

function collectText(stream: Readable | null): () => string {
  let text = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-errorTextMax);
  });
  return () => text;
}
