import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import type { ClusterView } from '@gauntlet/shared/contracts/clusters';
import { expect, test } from 'vitest';
import { type Received, startReceiver } from '../../apps/orchestrator/test/support/receiver.ts';
import { eventually } from './harness/process.ts';
import { waitForEnd } from './harness/truth.ts';
import { createBusyCluster, missingFor, openWorld, type World } from './harness/world.ts';

// The orchestrator dies between an event and its delivery, at the two moments that matter: when the
// event is stored and nobody was told, and when the receiver has it and we have not noted that.

test.skipIf(missingFor('team') !== null)(
  'kill -9 between an event and its delivery neither loses nor doubles a delivery',
  async () => {
    let holdsBack = false;
    await using receiver = await startReceiver((response) => {
      if (!holdsBack) response.end(); // else it has it, and never says so
    });
    const orchestratorEnv = {
      GAUNTLET_NOTIFY_ALLOW: '127.0.0.5',
      GAUNTLET_SECRET_NIGHT_HOOK: 'a secret for the night',
      GAUNTLET_NOTIFY_RETRY_MS: '200',
    };
    await using world = await openWorld('team', { workers: 1, orchestratorEnv });
    const cluster = await createBusyCluster(world);
    await world.api.post('/notification-channels', {
      name: 'night shift',
      kind: 'webhook',
      url: receiver.url,
      secretRef: 'night-hook',
      notices: ['campaign-finished'],
    });
    const ended: string[] = [];
    for (const moment of ['stored', 'sent'] as const) {
      holdsBack = moment === 'sent';
      const campaign = await startCampaign(world, cluster);
      await waitForEnd(world, campaign.id, 60_000);
      if (moment === 'sent')
        await eventually('the notice', 30_000, () => have(receiver.received, campaign.id) > 0);
      await world.orchestrator.kill();
      holdsBack = false;
      ended.push(campaign.id);
      await world.orchestrator.start();
      await eventually(
        'a delivery that is noted',
        60_000,
        async () => (await countDelivered(world)) === ended.length,
      );
    }
    for (const id of ended) {
      const own = receiver.received.filter((one) => campaignOf(one) === id);
      // However often it was sent: one event, one delivery, by which a receiver drops the second.
      expect(new Set(own.map(({ headers }) => headers['x-gauntlet-event-id'])).size).toBe(1);
      expect(new Set(own.map(({ headers }) => headers['x-gauntlet-delivery'])).size).toBe(1);
      expect(new Set(own.map(({ body }) => body)).size).toBe(1);
    }
    const deliveries = receiver.received.map(({ headers }) => headers['x-gauntlet-delivery']);
    expect(new Set(deliveries).size).toBe(ended.length);
    // The one that the receiver had when the orchestrator died came again: it could not know.
    expect(deliveries.length).toBeGreaterThan(ended.length);
  },
  300_000,
);

function startCampaign({ api }: World, cluster: ClusterView): Promise<CampaignView> {
  return api.post<CampaignView>('/campaigns', {
    name: 'through a kill',
    clusterId: cluster.id,
    settleMs: 0,
    guards: { unhealthyVmsMax: 12, migrationFailedShareMax: 1, consecutiveMigrationFailedMax: 100 },
    stop: { attemptsMax: 20 },
  });
}

function campaignOf({ body }: Received): string {
  return (JSON.parse(body) as { campaign: { id: string } }).campaign.id;
}

function have(received: readonly Received[], id: string): number {
  return received.filter((one) => campaignOf(one) === id).length;
}

async function countDelivered({ api }: World): Promise<number> {
  const channels = await api.get<{ items: { id: string }[] }>('/notification-channels');
  const id = channels.items[0]?.id;
  const path = `/notification-channels/${id}/deliveries?state=delivered`;
  return (await api.get<{ items: unknown[] }>(path)).items.length;
}
