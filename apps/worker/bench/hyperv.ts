/**
 * Speed of the Hyper-V driver's parts, as ratios in one run. `node apps/worker/bench/hyperv.ts`
 * - one operation through the session over a bare echo through the same kind of process
 * - 5,000 operations: memory before and after
 * - events parsed and judged per second
 *
 * On the two busy cores of November 2026: 1.7 times a bare echo (16 ms over 9), a heap that stays at
 * 14 MiB over 5,000 operations and 26 shells, 12,000 events per second.
 */
import { readFileSync } from 'node:fs';
import { toFinding } from '@gauntlet/shared/evidence/event-finding';
import { parseWindowsEvent } from '@gauntlet/shared/evidence/windows-event';
import { createSilentLogger } from '@gauntlet/shared/platform/logger';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import { shellEnvironment } from '../src/drivers/hyperv/powershell/environment.ts';
import { createLane } from '../src/drivers/hyperv/powershell/lane.ts';
import { LineFeedShell } from '../src/drivers/hyperv/powershell/line-feed-shell.ts';
import { createShell } from '../src/drivers/hyperv/powershell/shell.ts';
import { openDesk, standInModule } from '../test/hyperv/stand-in/desk.ts';

const calls = 1000;
const longCalls = 5000;

await using desk = await openDesk(({ args }) => ({ ok: true, data: args }));
const executable = await desk.installShell();
const spec = {
  executable,
  executableOptions: { '-NoProfile': true },
  env: shellEnvironment(process.env),
  cwd: import.meta.dirname,
  modulePath: standInModule,
};

const bareMs = await timeBareEcho();
const operationMs = await timeOperations();
print('bare echo', `${bareMs.toFixed(3)} ms`);
print('one operation', `${operationMs.toFixed(3)} ms (the stand-in asks its desk over TCP in it)`);
print('ratio', (operationMs / bareMs).toFixed(2));
await watchMemory();
timeEvents();

async function timeBareEcho(): Promise<number> {
  const shell = new LineFeedShell(spec);
  await shell.invoke('[Console]::Out.Write("warm")');
  const startedMs = performance.now();
  for (let n = 0; n < calls; n += 1) {
    await shell.invoke('[Console]::Out.Write("x")');
    shell.history.length = 0;
  }
  const tookMs = performance.now() - startedMs;
  shell.child.kill('SIGKILL');
  return tookMs / calls;
}

function openLane() {
  return createLane({
    name: 'bench',
    startShell: (generation) => createShell(spec, generation, systemClock),
    clock: systemClock,
    log: createSilentLogger(),
    limits: { callsPerShellMax: 1_000_000 },
  });
}

async function timeOperations(): Promise<number> {
  await using lane = openLane();
  await lane.call('echo', {}, { deadlineMs: 10_000 });
  const startedMs = performance.now();
  for (let n = 0; n < calls; n += 1) await lane.call('echo', { n }, { deadlineMs: 10_000 });
  return (performance.now() - startedMs) / calls;
}

async function watchMemory(): Promise<void> {
  const signal = new AbortController().signal;
  await using lane = createLane({
    name: 'bench',
    startShell: (generation) => createShell(spec, generation, systemClock),
    clock: systemClock,
    log: createSilentLogger(),
  });
  const heaps: number[] = [];
  for (let n = 0; n < longCalls; n += 1) {
    await lane.call('echo', { n, text: 'x'.repeat(1000) }, { deadlineMs: 10_000, signal });
    if (n % 1000 === 999) heaps.push(heapMiB());
    if (desk.requests.length > 100) (desk.requests as unknown[]).length = 0;
  }
  print('heap each 1,000 ops', `${heaps.map((heap) => heap.toFixed(1)).join(', ')} MiB`);
  print('shells used', String(lane.generation));
}

/** Start with --expose-gc to see what stays; without it, what is there. */
function heapMiB(): number {
  (globalThis as { gc?: () => void }).gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

function timeEvents(): void {
  const folder = '../../../packages/shared/src/evidence/fixtures/';
  const xml = ['18590.xml', '1001.xml', '41.xml'].map((name) =>
    readFileSync(new URL(folder + name, import.meta.url), 'utf8'),
  );
  const startedMs = performance.now();
  let count = 0;
  while (performance.now() - startedMs < 2000) {
    for (const one of xml) {
      const event = parseWindowsEvent(one);
      if (!('fault' in event) && toFinding(event).stop !== null) count += 1;
    }
  }
  const perSecond = (1000 * count) / (performance.now() - startedMs);
  print('events per second', Math.round(perSecond).toLocaleString('en-US'));
}

function print(what: string, value: string): void {
  process.stdout.write(`${what.padEnd(26)} ${value}\n`);
}
