import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median, type Report } from '../support/report.ts';

const main = join(import.meta.dirname, '../../apps/standalone/src/main.ts');
const readyMsMax = 120_000;

/** From the start of the process to "ready", with the data folder there: `npm start` less npm. */
export async function benchStartup(rounds: number, report: Report): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gauntlet-bench-'));
  try {
    await startOnce(dataDir);
    const times: number[] = [];
    for (let round = 0; round < rounds; round += 1) times.push(await startOnce(dataDir));
    report.add({
      bench: 'start',
      case: 'from the process to ready, folder exists',
      value: median(times) / 1_000,
      unit: 's',
      target: { atMost: 3 },
      parts: { ms: times.map(Math.round) },
    });
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function startOnce(dataDir: string): Promise<number> {
  const startedMs = performance.now();
  const child = spawn(process.execPath, [main], {
    env: { PATH: process.env['PATH'], GAUNTLET_DATA_DIR: dataDir, PORT: '0' },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: readyMsMax,
  });
  const ended = new Promise((resolve) => {
    child.once('exit', resolve);
  });
  const ready = new Promise<number>((resolve, reject) => {
    child.stderr.on('data', (chunk: Buffer) => {
      if (chunk.toString().includes('gauntlet is ready')) resolve(performance.now() - startedMs);
    });
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it was ready`)));
  });
  try {
    return await ready;
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}
