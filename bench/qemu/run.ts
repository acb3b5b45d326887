import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Case, runBareLoop } from './bare-loop.ts';
import { measureLatency } from './latency.ts';
import { runProduct } from './product.ts';

// Migrations per hour through the whole product over a bare loop of the same QMP commands, both in
// one run and in turns, so that a busy machine is as busy for both. Ratios, not absolute numbers.

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: 'throughput,latency' },
    cases: { type: 'string', default: 'copy-1,copy-2,shared-1,shared-2' },
  },
});
const spanMs = Number(values.seconds) * 1000;
const rounds = Number(values.rounds);
const parts = new Set(values.only.split(','));
const say = (line: string) => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const stateDir = mkdtempSync(path.join(os.tmpdir(), 'gauntlet-bare-'));
  try {
    if (parts.has('throughput')) {
      for (const name of values.cases.split(',')) await compare(name, stateDir);
    }
    if (parts.has('latency')) {
      for (const dumpsMax of [0, 1]) await showLatency(dumpsMax);
    }
  } finally {
    rmSync(stateDir, { recursive: true, force: true });
  }
}

async function compare(name: string, stateDir: string): Promise<void> {
  const kind = toCase(name);
  const bare = { ...kind, spanMs, stateDir };
  const runs = {
    bare: () => runBareLoop({ ...bare, ahead: false }),
    product: () => runProduct(kind, { concurrency: kind.lanes, spanMs }),
    'bare, destinations ahead': () => runBareLoop({ ...bare, ahead: true }),
    'product, one waiting': () => runProduct(kind, { concurrency: kind.lanes + 1, spanMs }),
  };
  const sums = new Map<string, number>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [run, measure] of Object.entries(runs)) {
      sums.set(run, (sums.get(run) ?? 0) + (await measure()));
    }
  }
  const of = (run: string) => (sums.get(run) ?? 0) / rounds;
  say(`${name}:`);
  for (const run of sums.keys()) {
    const [perHour, ratio] = [Math.round(of(run) * 3600), of(run) / of('bare')];
    say(
      `  ${run.padEnd(26)} ${of(run).toFixed(2)}/s ${perHour} an hour, ${ratio.toFixed(2)} of bare`,
    );
  }
}

function toCase(name: string): Case {
  const match = /^(copy|shared)-(\d+)$/.exec(name);
  if (match === null) throw new Error(`no case ${name}: copy-N or shared-N`);
  return { sharedRam: match[1] === 'shared', lanes: Number(match[2]) };
}

async function showLatency(dumpsMax: number): Promise<void> {
  const delays = await measureLatency(dumpsMax);
  const at = (share: number) => delays[Math.floor(share * (delays.length - 1))];
  say(
    `death to bugcheck in the API, ${dumpsMax} memory dump(s): ${delays.length} seen, ` +
      `p50 ${at(0.5)} ms, max ${at(1)} ms`,
  );
}

await main();
