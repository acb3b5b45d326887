import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import { readEnvironment } from '@gauntlet/shared/platform/environment';
import { systemIds } from '@gauntlet/shared/platform/ids';
import { createSilentLogger } from '@gauntlet/shared/platform/logger';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { composeStandalone, type Standalone } from '../src/compose.ts';
import { readStandalone } from '../src/config.ts';

/*
 * The whole product in one process on its embedded database: four simulated hosts, two of them with
 * the hotfix, and guests whose expanding disks make the storvsc race likely.
 */
const dataDir = mkdtempSync(join(tmpdir(), 'gauntlet-verdict-'));
let service: Standalone;

beforeAll(async () => {
  const config = readEnvironment({ GAUNTLET_DATA_DIR: dataDir, PORT: '0' }, readStandalone);
  service = await composeStandalone({
    config,
    clock: systemClock,
    ids: systemIds,
    log: createSilentLogger(),
  });
});

afterAll(async () => {
  await service[Symbol.asyncDispose]();
  rmSync(dataDir, { recursive: true, force: true });
});

async function ask(path: string, body?: object) {
  const post = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
  const response = await fetch(`${service.url}/api/v1${path}`, body === undefined ? {} : post);
  const answer = (await response.json()) as { id: string; state: string };
  if (!response.ok) throw new Error(JSON.stringify(answer));
  return answer;
}

async function createLab(name: string, fixedHosts: readonly string[]): Promise<string> {
  const disks = [{ controller: 'scsi', format: 'dynamic', count: 8 }];
  const homes = ['a-1', 'b-1'];
  const cluster = await ask('/clusters', {
    name,
    driver: 'simulated',
    options: {
      seed: 11,
      timeScale: 100_000,
      hosts: ['a-1', 'a-2', 'b-1', 'b-2'].map((host) => ({ name: host, migrationsMax: 8 })),
      vms: Array.from({ length: 8 }, (_, i) => ({
        name: `sql-${i + 1}`,
        host: homes[i % 2],
        disks,
        load: 10,
        tags: [homes[i % 2]],
      })),
      hotfixes: Object.fromEntries(fixedHosts.map((host) => [host, ['KB2636573']])),
    },
  });
  return cluster.id;
}

async function run(campaign: object): Promise<CampaignView> {
  const { id } = await ask('/campaigns', campaign);
  const giveUpMs = performance.now() + 200_000;
  for (;;) {
    const view = (await ask(`/campaigns/${id}`)) as unknown as CampaignView;
    if (['finished', 'stopped', 'failed'].includes(view.state)) return view;
    if (performance.now() > giveUpMs) throw new Error(`not over: ${JSON.stringify(view)}`);
    await systemClock.sleep(100);
  }
}

function twoArms(clusterId: string, name: string, attemptsMax: number) {
  return {
    name,
    clusterId,
    arms: [
      { name: 'baseline', vms: { tags: ['a-1'] } },
      { name: 'fixed', vms: { tags: ['b-1'] } },
    ],
    limits: { concurrency: 8, outboundPerHost: 8, inboundPerHost: 8 },
    guards: { unhealthyVmsMax: 8 },
    settleMs: 1000,
    stop: { attemptsMax, verdict: { alpha: 0.05, effectivenessTarget: 0 } },
  };
}

test('with the hotfix on the hosts of one arm, interleaved arms end confirmed', async () => {
  const clusterId = await createLab('half fixed', ['b-1', 'b-2']);
  const view = await run(twoArms(clusterId, 'hotfix', 400));
  expect(view.verdict).toMatchObject({ state: 'confirmed', design: 'interleaved' });
  expect(view.verdict?.candidate?.bugchecks).toBe(0);
  expect(view.verdict?.signature).toContain('storvsc');
  expect(view.progress.attemptsSettled).toBeLessThan(400);
  expect(view.verdict?.sentence).toContain('0 bugchecks in');
}, 240_000);

test('without it on any host, they do not', async () => {
  const clusterId = await createLab('unfixed', []);
  const view = await run(twoArms(clusterId, 'no hotfix', 80));
  expect(view.arms.every((arm) => arm.bugchecks > 0)).toBe(true);
  expect(['baseline-ready', 'refuted', 'inconclusive']).toContain(view.verdict?.state);
}, 240_000);
