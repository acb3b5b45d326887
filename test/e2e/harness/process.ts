import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';

const root = dirname(dirname(dirname(import.meta.dirname)));
const outputLinesMax = 400;
const readyMsMax = 60_000;

export interface App extends AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  /** The last lines it wrote, for a failing test to show. */
  output(): string;
  /** Ends it as a power cut would, and resolves when it is gone. */
  kill(): Promise<void>;
  /** Freezes it (SIGSTOP) or lets it go on (SIGCONT). */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  /** Ends it as Ctrl-C would; resolves with its exit code. */
  stop(): Promise<number | null>;
}

/** Starts `apps/<app>/src/main.ts` with nothing in its environment but PATH, HOME and `env`. */
export function startApp(app: string, env: Readonly<Record<string, string>>): App {
  const child = spawn(process.execPath, [join(root, `apps/${app}/src/main.ts`)], {
    cwd: root,
    env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const lines = keepOutput(child);
  const gone = new Promise<number | null>((resolve) => child.once('exit', resolve));
  const end = (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return gone;
  };
  return {
    name: app,
    pid: child.pid ?? -1,
    output: () => lines.join(''),
    kill: async () => {
      await end('SIGKILL');
    },
    signal: (name) => child.kill(name),
    stop: () => end('SIGTERM'),
    [Symbol.asyncDispose]: async () => {
      await end('SIGKILL');
    },
  };
}

function keepOutput(child: ChildProcess): string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      lines.push(chunk.toString());
      if (lines.length > outputLinesMax) lines.shift();
    });
  }
  return lines;
}

/** Waits until `url` answers with a success. An app that never does is ended: nobody else would. */
export async function waitForUrl(url: string, app: App): Promise<void> {
  await eventually(`${app.name} at ${url}`, readyMsMax, async () => {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.ok;
  }).catch(async (cause: unknown) => {
    await app[Symbol.asyncDispose]();
    throw new Error(`${String(cause)}; it said:\n${app.output()}`, { cause });
  });
}

/** Asks until the answer is yes. An exception counts as a no; the last one becomes the cause. */
export async function eventually(
  what: string,
  withinMs: number,
  ask: () => Promise<boolean> | boolean,
): Promise<void> {
  const deadlineMs = performance.now() + withinMs;
  let last: unknown;
  while (performance.now() < deadlineMs) {
    try {
      if (await ask()) return;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`${what}: not within ${withinMs} ms`, { cause: last });
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}
