import { execFile } from 'node:child_process';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import type { ClusterView } from '@gauntlet/shared/contracts/clusters';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from './harness/process.ts';
import { readLedger } from './harness/truth.ts';
import { missingFor, openWorld, type World } from './harness/world.ts';

// Whatever breaks, no attempt starts on any worker one second after STOP: by the ledger of the
// cluster itself, whose time is this machine's.

const stopMsMax = 1_000;
const vmCount = 128;
const root = dirname(dirname(import.meta.dirname));

describe.skipIf(missingFor('fleet') !== null)('STOP', () => {
  let world: World;
  let cluster: ClusterView;
  let campaign: CampaignView;

  beforeAll(async () => {
    // Two at once of two hundred: the queue holds work for seconds, whoever else falls silent.
    const workerEnv = { GAUNTLET_WORKER_CONCURRENCY: '1' };
    world = await openWorld('fleet', { workers: 2, workerEnv });
    cluster = await createQuickCluster(world);
  });

  afterAll(async () => {
    await world[Symbol.asyncDispose]();
  });

  /** A campaign that starts many attempts a second. */
  beforeEach(async () => {
    if (campaign !== undefined) await world.api.post(`/campaigns/${campaign.id}/stop`);
    await world.api.post(`/clusters/${cluster.id}/release`);
    campaign = await world.api.post<CampaignView>('/campaigns', {
      name: 'stop',
      clusterId: cluster.id,
      limits: { concurrency: vmCount, outboundPerHost: vmCount, inboundPerHost: vmCount },
      settleMs: 20,
      stop: { attemptsMax: 1_000_000 },
    });
    await waitUntilBusy();
  });

  async function startsAfter(atMs: number): Promise<number[]> {
    const ledger = await readLedger(world, cluster.id);
    const began = ledger.filter((entry) => entry.kind === 'migration').map((one) => one.beganAt);
    return began.filter((at) => at > atMs).sort((a, b) => a - b);
  }

  function waitUntilBusy(): Promise<void> {
    const fromMs = Date.now();
    return eventually(
      'attempts that start',
      60_000,
      async () => (await startsAfter(fromMs)).length > 20,
    );
  }

  /** Watches for three seconds that nothing starts; the last start is what is measured. */
  async function expectSilence(what: string, fromMs: number): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const starts = await startsAfter(fromMs);
    const lastMs = (starts.at(-1) ?? fromMs) - fromMs;
    process.stdout.write(`${what}: the last of ${starts.length} starts came ${lastMs} ms after\n`);
    expect(lastMs).toBeLessThan(stopMsMax);
    return starts.length;
  }

  test('POST /stop', async () => {
    const fromMs = Date.now();
    await world.api.post('/stop');
    await expectSilence('POST /stop', fromMs);
    const { state, blockedBecause } = await world.api.get<CampaignView>(
      `/campaigns/${campaign.id}`,
    );
    expect({ state, blockedBecause }).toEqual({
      state: 'paused',
      blockedBecause: 'the cluster was stopped (STOP)',
    });
  });

  test('npm run stop, for everything and for one cluster', async () => {
    const { stdout } = await runStop(world);
    await expectSilence('npm run stop has ended', Date.now());
    expect(stdout).toMatch(
      /^stopped: nothing starts on 1 clusters any more; 1 campaigns are paused/,
    );
    expect((await runStop(world, cluster.name)).stdout).toMatch(/nothing starts on cluster quick/);
    await expect(runStop(world, 'elsewhere')).rejects.toThrow(/NOT STOPPED: there is no cluster/);
  });

  test('an orchestrator that is frozen stops its workers', async () => {
    const fromMs = Date.now();
    world.orchestrator.signal('SIGSTOP');
    try {
      const starts = await expectSilence('frozen orchestrator', fromMs);
      // It was the lease that ended them: there was work in the queue, and some of it began.
      expect(starts).toBeGreaterThan(0);
    } finally {
      world.orchestrator.signal('SIGCONT');
    }
    await waitUntilBusy();
  });

  test('a Redis that is gone stops the workers', async () => {
    await world.redis?.kill();
    try {
      await expectSilence('lost Redis', Date.now());
    } finally {
      await world.redis?.start();
    }
    await waitUntilBusy();
  });
});

function runStop({ api }: World, ...names: string[]) {
  return promisify(execFile)(process.execPath, [join(root, 'tools/stop.ts'), ...names], {
    env: { ...process.env, GAUNTLET_URL: api.url },
  });
}

/** Attempts of some ten milliseconds, in real time. */
function createQuickCluster(world: World): Promise<ClusterView> {
  const hosts = ['alpha', 'beta', 'gamma', 'delta'];
  return world.api.post<ClusterView>('/clusters', {
    name: 'quick',
    driver: 'simulated',
    options: {
      url: world.simulatorUrl,
      timeScale: 1,
      hosts: hosts.map((name) => ({ name, migrationsMax: 64 })),
      vms: Array.from({ length: vmCount }, (_, index) => ({
        name: `vm-${index}`,
        host: hosts[index % hosts.length],
        memoryMiB: 16,
        load: 'idle',
        disks: [{ controller: 'ide', format: 'fixed' }],
      })),
      timing: { bandwidthMbps: 1_000_000, blackoutMs: 1 },
    },
  });
}
