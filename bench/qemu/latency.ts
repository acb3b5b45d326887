import type { BugcheckView } from '@gauntlet/shared/contracts/bugchecks';
import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import { systemClock as clock } from '@gauntlet/shared/platform/system-clock';
import { onCluster } from './product.ts';

const attemptsMax = 40;
const pollMs = 10;
const measureMsMax = 180_000;

/**
 * From the guest's death, by QEMU's own clock, until `GET /bugchecks` lists it, ms, in rising order.
 * The guests die of the planted race, at a moment nobody chose.
 */
export async function measureLatency(dumpsMax: number): Promise<number[]> {
  const disks = { count: 8, sizeMiB: 16_384, iopsMax: 40 };
  const guests = [{ name: 'race', count: 2, disks, race: { variant: 'init', settleMs: 20 } }];
  return onCluster({ guests, dumpsMax }, async (api, { id: clusterId }) => {
    const { id } = await api.post<CampaignView>('/campaigns', {
      name: 'latency',
      clusterId,
      limits: { concurrency: 1 },
      settleMs: 1_000,
      stop: { attemptsMax },
      guards: { unhealthyVmsMax: 2 },
    });
    const seen = new Map<string, number>();
    const giveUpAtMs = clock.monotonicMs() + measureMsMax;
    for (;;) {
      const { state } = await api.get<CampaignView>(`/campaigns/${id}`);
      const query = `/bugchecks?campaignId=${id}&limit=${attemptsMax}`;
      const { items } = await api.get<{ items: BugcheckView[] }>(query);
      const nowMs = Date.now();
      for (const { id: bugcheck, occurredAt } of items) {
        if (!seen.has(bugcheck)) seen.set(bugcheck, nowMs - Date.parse(occurredAt));
      }
      if (state !== 'running' && state !== 'stopping') break;
      if (clock.monotonicMs() > giveUpAtMs) throw new Error(`the campaign is still ${state}`);
      await clock.sleep(pollMs);
    }
    return [...seen.values()].toSorted((a, b) => a - b);
  });
}
