import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import { drawUnit } from '@gauntlet/shared/kernel/stream';
import { describe, expect, test } from 'vitest';
import {
  expectNothingForbidden,
  expectPlacementsMatch,
  expectRecordsMatchLedger,
  expectSettledOnce,
  readAttempts,
  readBugchecks,
  readLedger,
  waitForEnd,
} from './harness/truth.ts';
import {
  createBusyCluster,
  missingFor,
  openWorld,
  type Restartable,
  type Size,
  sizes,
  type World,
} from './harness/world.ts';

// The rules of ARCHITECTURE.md, from outside: HTTP in, the simulator's ledger as the judge.

/** Holds every rule against one ended campaign. */
async function judge(world: World, campaign: CampaignView): Promise<void> {
  const { clusterId } = campaign.config;
  const attempts = await readAttempts(world.api, campaign.id);
  const bugchecks = await readBugchecks(world.api, campaign.id);
  const ledger = await readLedger(world, clusterId);
  expectSettledOnce(campaign, attempts, bugchecks);
  expectNothingForbidden(ledger);
  expectRecordsMatchLedger(attempts, ledger);
  await expectPlacementsMatch(world, clusterId);
}

function startCampaign(world: World, clusterId: string, attemptsMax: number) {
  return world.api.post<CampaignView>('/campaigns', {
    name: 'rules',
    clusterId,
    placement: { policy: 'random' },
    limits: { concurrency: 6, outboundPerHost: 3, inboundPerHost: 3 },
    settleMs: 3_000,
    stop: { attemptsMax },
    guards: {
      migrationFailedShareMax: 1,
      consecutiveMigrationFailedMax: 1_000,
      unhealthyVmsMax: 1_000,
    },
    seed: 42,
  });
}

// Worlds share nothing, and each waits more than it works: the sizes run side by side.
describe.each(sizes)('on the %s size', { concurrent: true }, (size: Size) => {
  const missing = missingFor(size);

  test.skipIf(missing !== null)(
    'a campaign keeps to its limits, settles each attempt once and tells the truth',
    async () => {
      await using world = await openWorld(size);
      const cluster = await createBusyCluster(world);
      const { id } = await startCampaign(world, cluster.id, 300);
      const campaign = await waitForEnd(world, id, 100_000);
      expect(campaign).toMatchObject({ state: 'finished', progress: { attemptsSettled: 300 } });
      expect(campaign.progress.outcomes['guest-bugcheck']).toBeGreaterThan(0);
      await judge(world, campaign);
    },
    180_000,
  );
});

test.skipIf(missingFor('team') !== null)(
  'the same seed gives the same attempts and the same bugchecks for one worker and for four',
  async () => {
    expect(await runWith(1)).toEqual(await runWith(4));
  },
  180_000,
);

async function runWith(workers: number): Promise<string[]> {
  await using world = await openWorld('team', { workers });
  const cluster = await createBusyCluster(world);
  const { id } = await startCampaign(world, cluster.id, 200);
  await waitForEnd(world, id, 150_000);
  const attempts = await readAttempts(world.api, id);
  return attempts.map(
    ({ ordinal, vm, source, target, outcome }) =>
      `${ordinal} ${vm} ${source} -> ${target}: ${outcome}`,
  );
}

/** `CHAOS_KILLS=20 CHAOS_ATTEMPTS=2000` is the full size. */
const kills = Number(process.env['CHAOS_KILLS'] ?? 20);
const chaosAttempts = Number(process.env['CHAOS_ATTEMPTS'] ?? 2_000);
/** When the kills come; in the name of the test, so that a failing one can be told again. */
const chaosSeed = Number(process.env['CHAOS_SEED'] ?? Date.now() % 1_000_000);

describe.each([
  { size: 'fleet' as Size, kills, attempts: chaosAttempts },
  { size: 'team' as Size, kills: Math.ceil(kills / 4), attempts: Math.ceil(chaosAttempts / 4) },
  { size: 'embedded' as Size, kills: Math.ceil(kills / 4), attempts: Math.ceil(chaosAttempts / 4) },
])(
  `on the $size size, $kills times kill -9 (CHAOS_SEED=${chaosSeed})`,
  { concurrent: true },
  ({ size, kills: times, attempts }) => {
    test.skipIf(missingFor(size) !== null)(
      `loses no settled attempt of ${attempts} and invents none`,
      async () => {
        await using world = await openWorld(size, { workers: 3 });
        const cluster = await createBusyCluster(world);
        const { id } = await startCampaign(world, cluster.id, attempts);
        const victims = [world.orchestrator, ...world.workers];
        for (let kill = 0; kill < times; kill += 1) {
          await pause(200 + drawUnit(chaosSeed, size, kill) * 1_500);
          await killAndRestart(victims[kill % victims.length]);
        }
        const campaign = await waitForEnd(world, id, 300_000);
        expect(campaign.progress.attemptsSettled).toBe(attempts);
        await judge(world, campaign);
      },
      480_000,
    );
  },
);

async function killAndRestart(victim: Restartable | undefined): Promise<void> {
  await victim?.kill();
  await victim?.start();
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
