/**
 * A stand-in for powershell.exe that speaks its line protocol on standard input, so that the real
 * node-powershell can be driven without Windows. It knows the few forms of line the worker sends;
 * what an operation answers, and which fault it suffers, is decided at the desk (desk.ts).
 *
 * It proves framing, faults and what the driver does with answers. It proves nothing about
 * PowerShell's language, its cmdlets, or the delivery of events.
 */
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';

interface DeskAnswer {
  readonly reply: Record<string, unknown>;
  readonly fault: string | null;
}

const settings = readSettings(process.argv.slice(2));
const marker = 'GAUNTLET/1';
const newline = settings.newline === 'crlf' ? '\r\n' : '\n';
let moduleLoaded = false;
let block: string[] | null = null;
const lines: string[] = [];
let busy = false;

if (settings.stubborn) process.on('SIGTERM', () => {});
if (settings.startMs > 0) await pause(settings.startMs);

const input = createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY });
input.on('line', (line) => {
  lines.push(line);
  void drain();
});
// PowerShell ends its session when standard input ends.
input.on('close', () => process.exit(0));

async function drain(): Promise<void> {
  if (busy) return;
  busy = true;
  for (let line = lines.shift(); line !== undefined; line = lines.shift()) await runLine(line);
  busy = false;
}

async function runLine(line: string): Promise<void> {
  if (block !== null) {
    // An incomplete statement swallows everything up to a blank line.
    if (line.trim() === '') {
      block = null;
      print(process.stderr, `Missing closing '}' or quote in statement block.${newline}`);
    } else block.push(line);
    return;
  }
  if (line.trim() === '') return;
  if (!isComplete(line)) {
    block = [line];
    return;
  }
  const console = /^\[Console\]::(Out|Error)\.(Write|WriteLine)\((["'])(.*)\3\)$/.exec(line);
  if (console !== null) return printConsole(console);
  const request = /^Invoke-GauntletOp '([A-Za-z0-9+/=]+)'$/.exec(line);
  if (request?.[1] !== undefined && moduleLoaded) return invoke(request[1]);
  const module = /Import-Module -Name \(\[Text\.Encoding\].*FromBase64String\('([^']+)'\)/.exec(
    line,
  );
  if (module?.[1] !== undefined) return loadModule(module[1]);
  print(process.stderr, `The term '${line.slice(0, 40)}' is not recognized.${newline}`);
}

function printConsole([, stream, method, quote, text = '']: RegExpExecArray): void {
  const content = quote === '"' ? text.replaceAll('`n', '\n') : text;
  const whole = method === 'WriteLine' ? content + newline : content;
  print(stream === 'Out' ? process.stdout : process.stderr, whole);
}

function loadModule(path64: string): void {
  const path = Buffer.from(path64, 'base64').toString('utf8');
  moduleLoaded = existsSync(path);
  if (!moduleLoaded) {
    print(
      process.stderr,
      `Import-Module : The specified module '${path}' was not loaded.${newline}`,
    );
  }
}

async function invoke(payload: string): Promise<void> {
  const request = JSON.parse(Buffer.from(payload, 'base64').toString('utf8'));
  const { reply, fault } = await askDesk(request);
  const line = (id: string) => {
    const json = JSON.stringify({ v: 1, ...reply, id });
    return `${marker} ${id} ${Buffer.from(json).toString('base64')}\n`;
  };
  await suffer(fault, request, line);
}

async function suffer(
  fault: string | null,
  request: { id: string },
  line: (id: string) => string,
): Promise<void> {
  switch (fault) {
    case 'exit-0':
      return process.exit(0);
    case 'exit-1':
      return process.exit(1);
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      return new Promise(() => {});
    case 'hang':
      return new Promise(() => {});
    case 'no-reply':
      return;
    case 'stderr':
      print(process.stderr, `Write-Error: noise${newline}`);
      return print(process.stdout, line(request.id));
    case 'warning':
      print(process.stdout, `WARNING: a word on the output${newline}`);
      return print(process.stdout, line(request.id));
    case 'wrong-id':
      return print(process.stdout, line('g0-99'));
    case 'duplicate':
      return print(process.stdout, line(request.id) + line(request.id));
    case 'truncated':
      return print(process.stdout, `${line(request.id).slice(0, -7)}\n`);
    case 'huge':
      for (let at = 0; at < 64; at += 1) print(process.stdout, `${'A'.repeat(64 * 1024)}\n`);
      return print(process.stdout, line(request.id));
    default:
      return print(process.stdout, line(request.id));
  }
}

/** Quotes and brackets all closed; PowerShell would wait for more otherwise. */
function isComplete(line: string): boolean {
  const bare = line.replace(/'[^']*'|"(?:[^"`]|`.)*"/g, '');
  if (/['"]/.test(bare)) return false;
  const count = (mark: string) => bare.split(mark).length;
  return count('{') === count('}') && count('(') === count(')');
}

const pending = new Map<NodeJS.WriteStream, string>();

function print(stream: NodeJS.WriteStream, text: string): void {
  switch (settings.chunks) {
    case 'coalesce': {
      // Everything of one turn leaves in one piece, as a busy reader would get it.
      if (!pending.has(stream)) setTimeout(() => flush(stream), 3);
      pending.set(stream, (pending.get(stream) ?? '') + text);
      return;
    }
    case 'split':
      for (const unit of Buffer.from(text)) stream.write(Buffer.of(unit));
      return;
    default:
      stream.write(text);
  }
}

function flush(stream: NodeJS.WriteStream): void {
  const text = pending.get(stream) ?? '';
  pending.delete(stream);
  stream.write(text);
}

function askDesk(request: unknown): Promise<DeskAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(settings.port, '127.0.0.1');
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('end', () => resolve(JSON.parse(text)));
    socket.on('error', reject);
    socket.end(`${JSON.stringify({ request, env: Object.keys(process.env), pid: process.pid })}`);
  });
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function readSettings(argv: readonly string[]) {
  const value = (name: string) => {
    const at = argv.indexOf(name);
    return at === -1 ? undefined : argv[at + 1];
  };
  return {
    port: Number(value('--desk') ?? 0),
    newline: value('--newline') ?? 'lf',
    chunks: value('--chunks') ?? 'natural',
    startMs: Number(value('--start-ms') ?? 0),
    stubborn: value('--stubborn') === 'yes',
  };
}
