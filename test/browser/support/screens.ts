import type { BucketView } from '@gauntlet/shared/contracts/bugchecks';
import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import type { ClusterView } from '@gauntlet/shared/contracts/clusters';
import type { Page } from 'playwright-core';
import { eventually } from '../../e2e/harness/process.ts';
import { labOptions } from './lab.ts';
import type { Service } from './service.ts';

export interface List<Item> {
  readonly items: readonly Item[];
}

/** Registers the lab and runs a two-arm campaign there until its verdict. */
export async function runToVerdict(service: Service): Promise<CampaignView> {
  const cluster = await registerLab(service);
  const campaign = await service.post<CampaignView>('/campaigns', twoArms(cluster.id));
  await eventually('the verdict', 60_000, async () => {
    const { state } = await service.get<CampaignView>(`/campaigns/${campaign.id}`);
    return state === 'finished';
  });
  return service.get<CampaignView>(`/campaigns/${campaign.id}`);
}

export async function registerLab(service: Service): Promise<ClusterView> {
  const body = { name: 'lab', driver: 'simulated', options: labOptions };
  const cluster = await service.post<ClusterView>('/clusters', body);
  await eventually('the inventory', 30_000, async () => {
    await service.get(`/clusters/${cluster.id}/inventory?refresh=true`);
    return true;
  });
  return cluster;
}

export function twoArms(clusterId: string) {
  return {
    name: 'growing disks against fixed ones',
    clusterId,
    arms: [
      { name: 'growing', vms: { tags: ['dynamic'] }, probability: 0.5 },
      { name: 'fixed size', vms: { tags: ['fixed'] }, probability: 0.5 },
    ],
    placement: { policy: 'random' },
    settleMs: 500,
    guards: { unhealthyVmsMax: 6 },
    stop: { attemptsMax: 5_000, verdict: { alpha: 0.05 } },
  };
}

/** What a service needs to be able to tell somebody on this machine. */
export const withNights = {
  GAUNTLET_SECRET_NIGHT_HOOK: 'known to the tests',
  GAUNTLET_NOTIFY_ALLOW: '127.0.0.1',
};

/** A schedule and a channel, so that the screen of the nights is not empty. */
export async function prepareNights(service: Service): Promise<void> {
  const [campaign] = (await service.get<List<CampaignView>>('/campaigns')).items;
  await service.post('/schedules', {
    name: 'weeknights',
    cron: '30 2 * * 1-5',
    timeZone: 'Europe/Berlin',
    campaign: campaign?.config,
  });
  await service.post('/notification-channels', {
    name: 'on duty',
    kind: 'webhook',
    url: 'http://127.0.0.1:9/gauntlet',
    secretRef: 'night-hook',
    digest: { at: '07:00', timeZone: 'Europe/Berlin' },
  });
}

/** Every screen, with something on it. */
export async function screenPaths(service: Service): Promise<Readonly<Record<string, string>>> {
  const [campaign] = (await service.get<List<CampaignView>>('/campaigns')).items;
  const [bucket] = (await service.get<List<BucketView>>('/buckets')).items;
  const attempts = `/campaigns/${campaign?.id}/attempts?limit=1&order=newest`;
  const [attempt] = (await service.get<List<{ id: string }>>(attempts)).items;
  const cluster = campaign?.config.clusterId ?? '';
  return {
    mission: '/',
    'new-campaign': `/campaigns/new?from=${campaign?.id}`,
    campaign: `/campaigns/${campaign?.id}`,
    nights: '/nights',
    lanes: `/lanes?cluster=${cluster}`,
    'crash-inbox': '/crashes',
    crash: `/crashes/${bucket?.id}`,
    migrations: '/migrations',
    attempt: `/attempts/${attempt?.id}`,
    matrix: '/matrix?rows=diskFormat&columns=load',
    compare: '/compare',
    inventory: `/inventory?cluster=${cluster}`,
    system: '/system',
  };
}

/** Opens a screen and waits until nothing on it is loading. */
export async function show(page: Page, url: string): Promise<void> {
  await page.goto(url, { waitUntil: 'load' });
  await page.locator('main h1').waitFor();
  await page.locator('.skeleton').first().waitFor({ state: 'detached' });
}
