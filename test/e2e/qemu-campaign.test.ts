import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { AttemptDetailView, AttemptView } from '@gauntlet/shared/contracts/attempts';
import type { BucketView, BugcheckView } from '@gauntlet/shared/contracts/bugchecks';
import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import { describe, expect, test } from 'vitest';
import { whyNoQemu } from '../../apps/worker/test/qemu/rig.ts';
import { type ApiClient, createApiClient } from '../../tools/api-client.ts';
import { prepareCluster } from '../../tools/demo/qemu-cluster.ts';
import { eventually, freePort, startApp, waitForUrl } from './harness/process.ts';

const reason = whyNoQemu();
const attemptsMax = 12;
/** A guest's first boot and a busy machine take their time: a limit, not a pause. */
const testMsMax = 300_000;

/** Dynamic disks, many and slow: the planted race hits more often than not. */
const disks = { count: 8, format: 'dynamic', sizeMiB: 16_384, iopsMax: 40, writesPerSecond: 20 };
const race = { variant: 'init', settleMs: 8 };
const options = {
  dumpsMax: 0,
  heartbeatSilenceMsMax: 5_000,
  guests: [
    { name: 'exposed', disks, race },
    { name: 'hotfix', disks, race: { ...race, hotfix: true } },
  ],
};

describe.skipIf(reason !== null)(`a campaign on real QEMU ${reason ?? ''}`, () => {
  test('finds the planted race, keeps its proof, and finds nothing with the hotfix', {
    timeout: testMsMax,
  }, async () => {
    const dataDir = mkdtempSync(path.join(os.tmpdir(), 'gauntlet-e2e-qemu-'));
    const port = await freePort();
    await using app = startApp('standalone', {
      PORT: String(port),
      GAUNTLET_DATA_DIR: dataDir,
      LOG_LEVEL: 'warn',
    });
    try {
      const url = `http://127.0.0.1:${port}`;
      await waitForUrl(`${url}/health/ready`, app);
      const api = createApiClient(url);
      const cluster = await prepareCluster(api, 'e2e', options);
      const campaign = await runCampaign(api, cluster.id);
      expect(campaign.state, app.output()).toBe('finished');
      expect(campaign.progress.attemptsSettled).toBe(attemptsMax);
      const [exposed, hotfix] = campaign.arms;
      expect(exposed?.outcomes['guest-bugcheck'], app.output()).toBeGreaterThan(0);
      expect(hotfix).toMatchObject({ bugchecks: 0, fingerprintMismatches: 0 });
      await expectProof(api, campaign);
      await expectPhases(api, campaign);
    } finally {
      await app.stop();
      rmSync(dataDir, { recursive: true, force: true });
    }
  });
});

async function runCampaign(api: ApiClient, clusterId: string): Promise<CampaignView> {
  const arm = (name: string, raceHotfix: string) => ({
    name,
    vms: { tags: [name] },
    probability: 0.5,
    fingerprint: { settings: { raceHotfix } },
  });
  const { id } = await api.post<CampaignView>('/campaigns', {
    name: 'race',
    clusterId,
    arms: [arm('exposed', 'false'), arm('hotfix', 'true')],
    limits: { concurrency: 2, outboundPerHost: 2, inboundPerHost: 2 },
    settleMs: 1_000,
    stop: { attemptsMax },
    guards: { unhealthyVmsMax: 4 },
    seed: 7,
  });
  let view = await api.get<CampaignView>(`/campaigns/${id}`);
  await eventually('the campaign to end', 200_000, async () => {
    view = await api.get<CampaignView>(`/campaigns/${id}`);
    return !['running', 'stopping'].includes(view.state);
  });
  return view;
}

/** The crash is in the right bucket, with its console, its registers and its screen. */
async function expectProof(api: ApiClient, { id }: CampaignView): Promise<void> {
  const { items } = await api.get<{ items: BugcheckView[] }>(`/bugchecks?campaignId=${id}`);
  const [bugcheck] = items;
  expect(bugcheck).toMatchObject({ subject: 'guest', channels: ['qmp-guest-panicked'] });
  const bucket = await api.get<BucketView>(`/buckets/${bugcheck?.bucketId}`);
  expect(bucket.title).toContain('init!lmstor_deferred_completion');
  const attempt = await api.get<AttemptDetailView>(`/attempts/${bugcheck?.attemptId}`);
  const names = attempt.evidence.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(['serial.log', 'registers.txt', 'screen.png']));
}

async function expectPhases(api: ApiClient, { id }: CampaignView): Promise<void> {
  const { items } = await api.get<{ items: AttemptView[] }>(
    `/campaigns/${id}/attempts?outcome=clean`,
  );
  for (const { phases } of items) {
    expect(phases.copyMs).toBeGreaterThan(0);
    expect(phases.blackoutMs).toBeGreaterThan(0);
    // Node's timers may fire up to a millisecond early.
    expect(phases.settleMs).toBeGreaterThanOrEqual(999);
  }
}
