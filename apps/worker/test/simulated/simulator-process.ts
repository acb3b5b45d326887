import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../../simulator/src/main.ts', import.meta.url));

export interface SimulatorProcess extends AsyncDisposable {
  readonly url: string;
  kill(): Promise<void>;
}

/** A simulator in a process of its own, on a free port of the loopback address. */
export async function startSimulatorProcess(): Promise<SimulatorProcess> {
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env['PATH'], PORT: '0', GAUNTLET_LOG_FORMAT: 'json' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    lines.push(line);
    if (line.includes('simulator ready')) break;
  }
  const url = lines.map((line) => /"url":"([^"]+)"/.exec(line)?.[1]).find((found) => found);
  if (url === undefined) throw new Error(`the simulator did not start: ${lines.join('\n')}`);
  child.stderr.resume();
  const kill = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  return { url, kill, [Symbol.asyncDispose]: kill };
}
