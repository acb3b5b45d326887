import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { AttemptView } from '@gauntlet/shared/contracts/attempts';
import type { BugcheckView } from '@gauntlet/shared/contracts/bugchecks';
import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import { createSilentLogger } from '@gauntlet/shared/platform/logger';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import { cacheDirFor } from '../apps/worker/src/drivers/qemu/cache-dir.ts';
import { buildGuestImage } from '../apps/worker/src/drivers/qemu/guest/guest-image.ts';
import { createGuestProcesses } from '../apps/worker/src/drivers/qemu/guest-processes.ts';
import { nextBeat } from '../apps/worker/src/drivers/qemu/heartbeats.ts';
import { readHostFacts } from '../apps/worker/src/drivers/qemu/host-facts.ts';
import { moveGuest } from '../apps/worker/src/drivers/qemu/move-guest.ts';
import { completeOptions, parseOptions } from '../apps/worker/src/drivers/qemu/options.ts';
import { freePort, startApp, waitForUrl } from '../test/e2e/harness/process.ts';
import { type ApiClient, createApiClient } from '../tools/api-client.ts';
import { prepareCluster } from '../tools/demo/qemu-cluster.ts';

// Migrations per hour through the whole product over a bare loop of the same QMP commands, both in
// one run and in turns, so that a busy machine is as busy for both. Ratios, not absolute numbers.

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '2' },
  },
});
const spanMs = Number(values.seconds) * 1000;
const rounds = Number(values.rounds);
const never = new AbortController().signal;
const databaseUrl = process.env['DATABASE_URL'];
const clock = systemClock;
const say = (line: string) => void process.stdout.write(`${line}\n`);

interface Case {
  readonly lanes: number;
  readonly sharedRam: boolean;
}

/** Migrations per second of a loop that knows nothing but QMP: spawn, move, one heartbeat, quit. */
async function runBare({ lanes, sharedRam }: Case, stateDir: string): Promise<number> {
  const options = parseOptions({ guests: [{ name: 'bare', sharedRam }] });
  const facts = await readHostFacts({ binary: 'qemu-system-x86_64', accelerator: 'auto' }, never);
  const config = completeOptions(options, facts);
  const [guest] = config.guests;
  if (guest === undefined) throw new Error('no guest');
  const cacheDir = cacheDirFor(stateDir);
  const log = createSilentLogger();
  const image = await buildGuestImage({ ...config, cacheDir, raceModule: false, log }, never);
  const { version } = facts;
  const all = { config, guest, image, version, cacheDir, clock, runDir: stateDir };
  const counts = await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      using processes = createGuestProcesses({ ...all, id: `bare-${lane}` });
      let source = await processes.restore(never);
      const endMs = clock.monotonicMs() + spanMs;
      let count = 0;
      while (clock.monotonicMs() < endMs) {
        const { process: destination, socket } = await processes.destination(never);
        const link = socket;
        const parts = { source, destination, socket, link, sharedRam, clock, returnPath: true };
        const limits = { timeoutMs: 120_000, stallMsMax: 60_000 };
        const end = await moveGuest({ ...config, ...parts, ...limits }, never);
        if (end.kind !== 'completed') throw new Error(JSON.stringify(end));
        await nextBeat(destination, { clock, waitMsMax: 60_000, signal: never });
        await source.quit();
        source = destination;
        count += 1;
      }
      await source.quit();
      return count;
    }),
  );
  return counts.reduce((sum, count) => sum + count, 0) / (spanMs / 1000);
}

/** Migrations per second of a campaign over HTTP, orchestrator, queue, worker and driver. */
async function runProduct(api: ApiClient, clusterId: string, { lanes, sharedRam }: Case) {
  const { id } = await api.post<CampaignView>('/campaigns', {
    name: `bench ${lanes} ${sharedRam}`,
    clusterId,
    arms: [{ name: 'all', vms: { tags: [sharedRam ? 'shared' : 'copied'] } }],
    limits: { concurrency: lanes, outboundPerHost: lanes, inboundPerHost: lanes },
    settleMs: 0,
    stop: { attemptsMax: 1_000_000 },
  });
  await sleep(1_000);
  const settled = async () =>
    (await api.get<CampaignView>(`/campaigns/${id}`)).progress.attemptsSettled;
  const [before, startMs] = [await settled(), clock.monotonicMs()];
  await sleep(spanMs);
  const [after, endMs] = [await settled(), clock.monotonicMs()];
  await api.post(`/campaigns/${id}/stop`);
  await waitForEnd(api, id);
  return (after - before) / ((endMs - startMs) / 1000);
}

async function waitForEnd(api: ApiClient, id: string): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    const { state } = await api.get<CampaignView>(`/campaigns/${id}`);
    if (['finished', 'stopped', 'failed'].includes(state)) return;
    await sleep(100);
  }
  throw new Error(`campaign ${id} did not end`);
}

/** From the guest's death (QEMU's own clock) to the bugcheck in the API, ms. */
async function measureLatency(api: ApiClient, clusterId: string): Promise<number[]> {
  const { id } = await api.post<CampaignView>('/campaigns', {
    name: 'latency',
    clusterId,
    arms: [{ name: 'race', vms: { tags: ['race'] } }],
    limits: { concurrency: 1 },
    settleMs: 1_000,
    stop: { attemptsMax: 20 },
    guards: { unhealthyVmsMax: 4 },
  });
  await waitForEnd(api, id);
  const { items } = await api.get<{ items: BugcheckView[] }>(`/bugchecks?campaignId=${id}`);
  const delays = items.map(async ({ attemptId, occurredAt }) => {
    const { settledAt } = await api.get<AttemptView>(`/attempts/${attemptId}`);
    return Date.parse(settledAt ?? occurredAt) - Date.parse(occurredAt);
  });
  return (await Promise.all(delays)).toSorted((a, b) => a - b);
}

function sleep(ms: number): Promise<void> {
  return clock.sleep(ms);
}

async function main(): Promise<void> {
  const dir = mkdtempSync(path.join(os.tmpdir(), 'gauntlet-bench-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  await using app = startApp('standalone', {
    PORT: String(port),
    GAUNTLET_DATA_DIR: path.join(dir, 'data'),
    LOG_LEVEL: 'error',
    // The embedded database unless another is named.
    ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
  });
  try {
    await waitForUrl(`${url}/health/ready`, app);
    const api = createApiClient(url);
    const disks = { count: 8, sizeMiB: 16_384, iopsMax: 40 };
    const guests = [
      { name: 'copied', count: 4 },
      { name: 'shared', count: 4, sharedRam: true },
      { name: 'race', disks, race: { variant: 'init', settleMs: 8 } },
    ];
    const cluster = await prepareCluster(api, 'bench', { guests, dumpsMax: 0 });
    for (const sharedRam of [false, true]) {
      for (const lanes of [1, 2]) await compare(api, cluster.id, { lanes, sharedRam }, dir);
    }
    const delays = await measureLatency(api, cluster.id);
    const at = (share: number) => delays[Math.floor(share * (delays.length - 1))];
    say(`death to bugcheck in the API: ${delays.length} seen, p50 ${at(0.5)} ms, max ${at(1)} ms`);
  } finally {
    await app.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function compare(api: ApiClient, clusterId: string, kind: Case, dir: string) {
  let bare = 0;
  let product = 0;
  for (let round = 0; round < rounds; round += 1) {
    bare += await runBare(kind, dir);
    product += await runProduct(api, clusterId, kind);
  }
  const name = `${kind.sharedRam ? 'shared RAM' : 'full copy'}, ${kind.lanes} lane(s)`;
  const [perBare, perProduct] = [bare / rounds, product / rounds];
  say(
    `${name.padEnd(22)} bare ${perBare.toFixed(2)}/s  product ${perProduct.toFixed(2)}/s  ` +
      `ratio ${(product / bare).toFixed(2)}`,
  );
}

await main();
