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
// cluster itself, whose time is this machine's. Each measurement shows too that attempts started in
// the second before, that more were waiting than a second takes, and that they start afterwards.

const stopMsMax = 1_000;
const watchMs = 3_000;
const vmCount = 128;
const root = dirname(dirname(import.meta.dirname));

describe.skipIf(missingFor('fleet') !== null)('STOP', () => {
  let world: World;
  let cluster: ClusterView;
  let campaign: CampaignView;

  beforeAll(async () => {
    // One at a time on each of two workers: the queue holds work for seconds, whoever falls silent.
    const workerEnv = { GAUNTLET_WORKER_CONCURRENCY: '1' };
    world = await openWorld('fleet', { workers: 2, workerEnv });
    cluster = await createQuickCluster(world);
    campaign = await world.api.post<CampaignView>('/campaigns', {
      name: 'stop',
      clusterId: cluster.id,
      limits: { concurrency: vmCount, outboundPerHost: vmCount, inboundPerHost: vmCount },
      settleMs: 40,
      stop: { attemptsMax: 1_000_000 },
    });
  });

  afterAll(async () => {
    await world?.[Symbol.asyncDispose]();
  });

  /** Nothing is stopped, the queue is full, and attempts start. */
  beforeEach(async () => {
    await world.api.post(`/clusters/${cluster.id}/release`);
    await world.api.post(`/campaigns/${campaign.id}/resume`);
    await eventually('a full queue', 60_000, async () => (await readInFlight()) > vmCount / 2);
    await waitUntilBusy();
  });

  async function readInFlight(): Promise<number> {
    const { progress } = await world.api.get<CampaignView>(`/campaigns/${campaign.id}`);
    return progress.inFlight;
  }

  async function readStarts(): Promise<number[]> {
    const ledger = await readLedger(world, cluster.id);
    const began = ledger.filter((entry) => entry.kind === 'migration').map((one) => one.beganAt);
    return began.sort((a, b) => a - b);
  }

  function waitUntilBusy(): Promise<void> {
    const fromMs = Date.now();
    return eventually('attempts that start', 60_000, async () => {
      const starts = await readStarts();
      return starts.filter((at) => at > fromMs).length > 10;
    });
  }

  /**
   * Stops, and watches for three seconds that nothing starts; the last start is what is measured.
   *
   * @param stop resolves with the moment from which the second counts
   */
  async function expectSilence(what: string, stop: () => Promise<number>): Promise<number> {
    const waiting = await readInFlight();
    const askedMs = Date.now();
    const fromMs = await stop();
    await new Promise((resolve) => setTimeout(resolve, watchMs));
    const starts = await readStarts();
    const before = starts.filter((at) => at > askedMs - 1_000 && at <= askedMs).length;
    const after = starts.filter((at) => at > askedMs);
    const lastMs = (after.at(-1) ?? fromMs) - fromMs;
    process.stdout.write(
      `${what}: ${before} starts in the second before, ${waiting} attempts waited; ` +
        `${after.length} more starts, the last ${lastMs} ms after\n`,
    );
    expect(before).toBeGreaterThan(0);
    // Without STOP it would have gone on beyond the second that is allowed.
    expect(waiting).toBeGreaterThan(1.5 * before);
    expect(lastMs).toBeLessThanOrEqual(stopMsMax);
    return after.length;
  }

  /** What was stopped had work to do: it goes on as soon as it may. */
  async function release(): Promise<void> {
    await world.api.post(`/clusters/${cluster.id}/release`);
    await world.api.post(`/campaigns/${campaign.id}/resume`);
    await waitUntilBusy();
  }

  test('POST /stop', async () => {
    await expectSilence('POST /stop', async () => {
      const fromMs = Date.now();
      await world.api.post('/stop');
      return fromMs;
    });
    const { state, blockedBecause } = await world.api.get<CampaignView>(
      `/campaigns/${campaign.id}`,
    );
    expect({ state, blockedBecause }).toEqual({
      state: 'paused',
      blockedBecause: 'the cluster was stopped (STOP)',
    });
    await release();
  });

  test('POST /clusters/{id}/stop', async () => {
    await expectSilence('POST /clusters/{id}/stop', async () => {
      const fromMs = Date.now();
      await world.api.post(`/clusters/${cluster.id}/stop`);
      return fromMs;
    });
    await release();
  });

  test('npm run stop, for everything and for one cluster', async () => {
    let said = '';
    await expectSilence('npm run stop says that it has stopped', async () => {
      said = (await runStop(world)).stdout;
      return Date.now();
    });
    expect(said).toMatch(/^stopped: nothing starts on 1 clusters any more; 1 campaigns are paused/);
    expect((await runStop(world, cluster.name)).stdout).toMatch(/nothing starts on cluster quick/);
    await expect(runStop(world, 'elsewhere')).rejects.toThrow(/NOT STOPPED: there is no cluster/);
    await release();
  });

  test('an event loop that does not turn stops the workers, and hears POST /stop when it does', async () => {
    let posted: Promise<unknown> = Promise.resolve();
    try {
      const starts = await expectSilence(
        'POST /stop, and the event loop stands still',
        async () => {
          world.orchestrator.signal('SIGSTOP');
          posted = world.api.post('/stop');
          return Date.now();
        },
      );
      // It was the lease that ended them: there was work in the queue, and some of it began.
      expect(starts).toBeGreaterThan(0);
    } finally {
      world.orchestrator.signal('SIGCONT');
    }
    await posted;
    const heardMs = Date.now();
    await new Promise((resolve) => setTimeout(resolve, watchMs));
    const starts = await readStarts();
    expect((starts.at(-1) ?? heardMs) - heardMs).toBeLessThanOrEqual(stopMsMax);
    await release();
  });

  test('a Redis that is gone stops the workers, and what waited starts when it is back', async () => {
    try {
      await expectSilence('lost Redis', async () => {
        const fromMs = Date.now();
        await world.redis?.kill();
        return fromMs;
      });
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
