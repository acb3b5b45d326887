import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { AttemptView } from '@gauntlet/shared/contracts/attempts';
import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import { outcomes } from '@gauntlet/shared/domain/outcome';
import { Client } from 'pg';
import { startTicksOf } from '../apps/worker/src/drivers/qemu/process/process-table.ts';
import {
  type App,
  eventually,
  freePort,
  startApp,
  waitForUrl,
} from '../test/e2e/harness/process.ts';
import { type ApiClient, createApiClient } from './api-client.ts';
import { prepareCluster } from './demo/qemu-cluster.ts';
import { setup } from './services.ts';

// Many real migrations, with kill -9 of the worker in between: nothing may be lost, invented or left
// behind, and guests that avoid QEMU's lost pages must all come through. See docs/qemu.md.

const { values } = parseArgs({
  options: {
    migrations: { type: 'string', default: '12000' },
    /** Ends earlier, after so long: what fits into an evening. */
    minutes: { type: 'string' },
    'kill-every-s': { type: 'string', default: '120' },
  },
});
const migrations = Number(values.migrations);
const durationMsMax = values.minutes === undefined ? null : Number(values.minutes) * 60_000;
const killEveryMs = Number(values['kill-every-s']) * 1000;
const soakMsMax = 12 * 3_600_000;
const pollMs = 1_000;
/** The kernel ends them at once; on a machine this busy it takes a while until they are gone. */
const goneMsMax = 15_000;
const guests = [
  { name: 'copied', count: 3 },
  { name: 'shared', count: 3, sharedRam: true },
];

const say = (line: string) => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const stopServices = await setup();
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'gauntlet-soak-'));
  const database = await createDatabase();
  try {
    await soak({ DATABASE_URL: database.url, GAUNTLET_DATA_DIR: dataDir, LOG_LEVEL: 'error' });
  } finally {
    await database.drop();
    rmSync(dataDir, { recursive: true, force: true });
    await stopServices();
  }
}

async function soak(env: Record<string, string>): Promise<void> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  await using orchestrator = startApp('orchestrator', { ...env, PORT: String(port) });
  await waitForUrl(`${url}/health/ready`, orchestrator);
  const api = createApiClient(url);
  let worker = startApp('worker', env);
  try {
    const cluster = await prepareCluster(api, 'soak', { guests, dumpsMax: 2 });
    const startedMs = performance.now();
    const { id } = await api.post<CampaignView>('/campaigns', toCampaign(cluster.id));
    let view = await api.get<CampaignView>(`/campaigns/${id}`);
    let kills = 0;
    let nextKillMs = startedMs + killEveryMs;
    /** Settled when the worker was killed last: the next kill waits until it is back at work. */
    let settledAtKill = -1;
    while (isUnderWay(view) && performance.now() - startedMs < soakMsMax) {
      await new Promise((resolve) => setTimeout(resolve, pollMs));
      const isBack = view.progress.attemptsSettled > settledAtKill;
      if (!isBack) nextKillMs = performance.now() + killEveryMs;
      if (performance.now() >= nextKillMs) {
        await killWithGuests(worker);
        worker = startApp('worker', env);
        kills += 1;
        nextKillMs = performance.now() + killEveryMs;
        settledAtKill = view.progress.attemptsSettled;
      }
      view = await api.get<CampaignView>(`/campaigns/${id}`);
    }
    const hours = (performance.now() - startedMs) / 3_600_000;
    await report(api, view, { kills, hours });
  } finally {
    await worker.stop();
  }
}

function isUnderWay({ state }: CampaignView): boolean {
  return state === 'running' || state === 'stopping';
}

function toCampaign(clusterId: string) {
  return {
    name: 'soak',
    clusterId,
    limits: { concurrency: 6, outboundPerHost: 6, inboundPerHost: 6 },
    settleMs: 100,
    stop: { attemptsMax: migrations, durationMsMax },
    // A killed worker costs the attempts it had in hands: no reason to stop.
    guards: { migrationFailedShareMax: 1, unhealthyVmsMax: 6 },
    seed: 12_000,
  };
}

/** kill -9, and every QEMU process it had must be gone with it. */
async function killWithGuests(worker: App): Promise<void> {
  const before = childrenOf(worker.pid).map((pid) => ({ pid, ticks: startTicksOf(pid) }));
  await worker.kill();
  const left = () =>
    before.filter(({ pid, ticks }) => ticks !== null && startTicksOf(pid) === ticks);
  await eventually(`${before.length} processes to end`, goneMsMax, () => left().length === 0);
  say(`  killed the worker; its ${before.length} processes are gone`);
}

function childrenOf(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return text === '' ? [] : text.split(' ').map(Number);
}

async function report(
  api: ApiClient,
  view: CampaignView,
  { kills, hours }: { kills: number; hours: number },
): Promise<void> {
  const { attemptsSettled, attemptsPlanned } = view.progress;
  say(
    `${attemptsSettled} of ${migrations} attempts in ${hours.toFixed(2)} h, ${kills} times kill -9 of the worker`,
  );
  const { counts, ordinals } = await recount(api, view.id);
  for (const outcome of outcomes) say(`  ${outcome.padEnd(18)} ${counts.get(outcome) ?? 0}`);
  const faults = [
    ...(view.state === 'finished' ? [] : [`the campaign is ${view.state}: ${view.blockedBecause}`]),
    ...(ordinals.size === attemptsPlanned
      ? []
      : [`${ordinals.size} ordinals of ${attemptsPlanned}`]),
    ...outcomes
      .filter((outcome) => (counts.get(outcome) ?? 0) !== view.progress.outcomes[outcome])
      .map((outcome) => `the tally of ${outcome} is ${view.progress.outcomes[outcome]}`),
    ...['guest-bugcheck', 'guest-hang', 'guest-fault', 'host-bugcheck']
      .filter((outcome) => (counts.get(outcome) ?? 0) > 0)
      .map((outcome) => `${counts.get(outcome)} ${outcome} in guests that avoid the known defect`),
  ];
  for (const fault of faults) say(`FAULT ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
}

/** Every attempt, page by page: the tallies must be theirs, and no ordinal twice. */
async function recount(api: ApiClient, id: string) {
  const counts = new Map<string, number>();
  const ordinals = new Set<number>();
  let cursor: string | null = '';
  while (cursor !== null) {
    const query: string = `limit=500${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
    const page: { items: AttemptView[]; nextCursor: string | null } = await api.get(
      `/campaigns/${id}/attempts?${query}`,
    );
    for (const { ordinal, outcome } of page.items) {
      if (ordinals.has(ordinal)) throw new Error(`ordinal ${ordinal} twice`);
      ordinals.add(ordinal);
      counts.set(outcome ?? 'unsettled', (counts.get(outcome ?? 'unsettled') ?? 0) + 1);
    }
    cursor = page.nextCursor;
  }
  return { counts, ordinals };
}

async function createDatabase() {
  const server = process.env['GAUNTLET_TEST_DATABASE_URL'];
  if (server === undefined) throw new Error('the soak needs PostgreSQL: set DATABASE_URL');
  const name = `gauntlet_soak_${process.pid}`;
  const run = async (sql: string) => {
    const client = new Client({ connectionString: server });
    await client.connect();
    try {
      await client.query(sql);
    } finally {
      await client.end();
    }
  };
  await run(`create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(`drop database if exists ${name} with (force)`) };
}

try {
  await main();
} catch (error) {
  process.stderr.write(`\nsoak:qemu: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
