import type { CampaignView, NewCampaign } from '@gauntlet/shared/contracts/campaigns';
import { placementPolicies } from '@gauntlet/shared/domain/campaign';
import { drawUnit } from '@gauntlet/shared/kernel/stream';
import { expect, test } from 'vitest';
import { ended, eventually } from '../../apps/orchestrator/test/support/core.ts';
import { testDatabaseUrl } from '../../apps/orchestrator/test/support/database.ts';
import { openHouse } from './house.ts';

// Whatever campaign ran and however it ended: every VM is where it was, or the campaign says not.

/** `PUT_BACK_ROUNDS=50` for a soak by hand. */
const rounds = Number(process.env['PUT_BACK_ROUNDS'] ?? 3);
const hosts = ['alpha', 'beta', 'gamma', 'delta'];
type House = Awaited<ReturnType<typeof openHouse>>;

test.skipIf(testDatabaseUrl === undefined)(
  'after random campaigns and aborts every VM is back, or is listed',
  async () => {
    await using house = await openHouse();
    const clusterId = await createCluster(house);
    for (let round = 0; round < rounds; round += 1) {
      const before = await placements(house, clusterId);
      const over = await runOne(house, clusterId, round);
      const after = await placements(house, clusterId);
      const differences = over.putBack?.differences ?? [];
      const moved = [...before].filter(([name, host]) => after.get(name) !== host);
      for (const [name] of moved) {
        const listed = differences.some((line) => line.startsWith(`VM ${name} is on `));
        expect(listed, `round ${round}: ${name} moved; told: ${differences.join(' | ')}`).toBe(
          true,
        );
      }
      expect(over.putBack, `round ${round}`).not.toBeNull();
      if (moved.length === 0) expect(differences).toEqual([]);
    }
  },
  400_000,
);

async function runOne(house: House, clusterId: string, round: number): Promise<CampaignView> {
  const { useCases } = house.core();
  const pick = (stream: string, count: number) => Math.floor(drawUnit(11, stream, round) * count);
  const started = await useCases.startCampaign(aCampaign(clusterId, pick));
  await eventually(
    () => useCases.getCampaign(started.id),
    ({ progress, state }) =>
      progress.attemptsSettled >= 5 + pick('abort', 40) || state !== 'running',
    60_000,
  );
  switch (pick('end', 4)) {
    case 0: // by its own stop rule
      break;
    case 1:
      await useCases.stopCampaign(started.id);
      break;
    case 2: // the kill switch first, then the campaign, then the release
      await useCases.stopCluster(clusterId);
      await useCases.stopCampaign(started.id).catch(() => {});
      await useCases.releaseCluster(clusterId);
      break;
    default: // an orchestrator that dies on the way home
      await useCases.stopCampaign(started.id).catch(() => {});
      await house.restart();
  }
  return ended(house.core().useCases, started.id);
}

function aCampaign(
  clusterId: string,
  pick: (stream: string, count: number) => number,
): NewCampaign {
  const policy = placementPolicies[pick('policy', placementPolicies.length)] ?? 'random';
  return {
    name: `random ${policy}`,
    clusterId,
    settleMs: 1_000,
    seed: pick('seed', 1_000),
    placement: { policy },
    limits: { concurrency: 1 + pick('concurrency', 8), outboundPerHost: 2, inboundPerHost: 2 },
    stop: { attemptsMax: 60 },
    guards: {
      migrationFailedShareMax: 1,
      consecutiveMigrationFailedMax: 1_000,
      unhealthyVmsMax: 100,
    },
  };
}

async function placements(house: House, clusterId: string): Promise<Map<string, string | null>> {
  const { vms } = await house.core().useCases.readInventory(clusterId, { refresh: true });
  return new Map(vms.map((vm) => [vm.name, vm.host]));
}

/** A tenth of the migrations fails, those home too; some guests crash. */
async function createCluster(house: House): Promise<string> {
  const { id } = await house.core().useCases.createCluster({
    name: 'put-back',
    driver: 'simulated',
    options: {
      url: house.simulatorUrl,
      seed: 5,
      timeScale: 5_000,
      hosts: hosts.map((name) => ({ name, migrationsMax: 4 })),
      vms: Array.from({ length: 10 }, (_, index) => ({
        name: `vm-${index}`,
        host: hosts[index % hosts.length],
        disks: [{ controller: 'scsi', format: 'dynamic', count: 4 }],
      })),
      faults: { failedMigrations: [{ share: 0.1, class: 'transient-network' }] },
    },
  });
  return id;
}
