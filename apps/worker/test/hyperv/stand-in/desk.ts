import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface DeskRequest {
  readonly v: number;
  readonly id: string;
  readonly op: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly deadlineMs: number;
}

/** What an operation answers: `data`, or an error as PowerShell would report it. */
export type DeskReply =
  | { readonly ok: true; readonly data: unknown; readonly warnings?: string[] }
  | { readonly ok: false; readonly error: Readonly<Record<string, string | null>> };

export type ShellFaultName =
  | 'exit-0'
  | 'exit-1'
  | 'kill'
  | 'hang'
  | 'no-reply'
  | 'stderr'
  | 'warning'
  | 'wrong-id'
  | 'duplicate'
  | 'truncated'
  | 'huge';

export interface ShellStyle {
  readonly newline?: 'crlf' | 'lf';
  readonly chunks?: 'natural' | 'coalesce' | 'split';
  readonly startMs?: number;
  readonly stubborn?: boolean;
}

export interface Desk extends AsyncDisposable {
  /** A powershell.exe of this style that asks this desk. */
  installShell(style?: ShellStyle): Promise<string>;
  /** The next call of this operation suffers this, once; the answer is made all the same. */
  breakNext(op: string, fault: ShellFaultName): void;
  readonly requests: readonly DeskRequest[];
  /** Names of the environment's variables, as the last shell saw them. */
  readonly environment: readonly string[];
}

const program = fileURLToPath(new URL('./shell-program.ts', import.meta.url));
export const standInModule = program;

/** Answers the operations of every stand-in shell, and keeps one count of their faults. */
export async function openDesk(
  answer: (request: DeskRequest) => Promise<DeskReply> | DeskReply,
): Promise<Desk> {
  const folder = await mkdtemp(join(tmpdir(), 'gauntlet-stand-in-'));
  const requests: DeskRequest[] = [];
  const faults: { op: string; fault: ShellFaultName }[] = [];
  const sockets = new Set<Socket>();
  let environment: string[] = [];
  let shells = 0;

  async function serve(text: string): Promise<string> {
    const { request, env } = JSON.parse(text) as { request: DeskRequest; env: string[] };
    environment = env;
    requests.push(request);
    const at = faults.findIndex(({ op }) => op === request.op);
    const [broken] = at === -1 ? [] : faults.splice(at, 1);
    const reply = request.op === 'ping' ? pong(request) : await answer(request);
    return JSON.stringify({ reply, fault: broken?.fault ?? null });
  }

  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('end', () => {
      serve(text).then(
        (json) => socket.end(json),
        () => socket.destroy(),
      );
    });
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;

  return {
    requests,
    get environment() {
      return environment;
    },
    breakNext(op, fault) {
      faults.push({ op, fault });
    },
    async installShell({ newline = 'lf', chunks = 'natural', startMs = 0, stubborn = false } = {}) {
      shells += 1;
      const path = join(folder, `powershell-${shells}`);
      const style = `--newline ${newline} --chunks ${chunks} --start-ms ${startMs}`;
      const options = `--desk ${port} ${style} --stubborn ${stubborn ? 'yes' : 'no'}`;
      await writeFile(path, `#!/bin/sh\nexec '${process.execPath}' '${program}' ${options} "$@"\n`);
      await chmod(path, 0o755);
      return path;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function pong({ args }: DeskRequest): DeskReply {
  return {
    ok: true,
    data: {
      nonce: args.nonce,
      psVersion: '5.1.20348.1',
      edition: 'Desktop',
      osBuild: '10.0.20348',
      hostName: 'jump-host',
      utc: '2026-11-24T00:00:00.000Z',
      language: 'FullLanguage',
      modules: [],
    },
  };
}
