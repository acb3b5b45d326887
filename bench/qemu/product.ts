import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import type { ClusterView } from '@gauntlet/shared/contracts/clusters';
import { systemClock as clock } from '@gauntlet/shared/platform/system-clock';
import { freePort, startApp, waitForUrl } from '../../test/e2e/harness/process.ts';
import { type ApiClient, createApiClient } from '../../tools/api-client.ts';
import { prepareCluster } from '../../tools/demo/qemu-cluster.ts';
import { type Case, guestsPerLane } from './bare-loop.ts';

const endMsMax = 120_000;
const warmUpMs = 1_500;

/** The product as it ships, in a process of its own, with one cluster; afterwards both are gone. */
export async function onCluster<Value>(
  options: Record<string, unknown>,
  work: (api: ApiClient, cluster: ClusterView) => Promise<Value>,
): Promise<Value> {
  await using stack = new AsyncDisposableStack();
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'gauntlet-bench-'));
  stack.defer(() => rmSync(dataDir, { recursive: true, force: true }));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const app = stack.use(startApp('standalone', environmentFor(port, dataDir)));
  stack.defer(async () => void (await app.stop()));
  await waitForUrl(`${url}/health/ready`, app);
  const api = createApiClient(url);
  const cluster = await prepareCluster(api, 'bench', options);
  return await work(api, cluster);
}

function environmentFor(port: number, dataDir: string): Record<string, string> {
  const named = ['DATABASE_URL', 'REDIS_URL', 'NODE_OPTIONS'].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return {
    PORT: String(port),
    GAUNTLET_DATA_DIR: dataDir,
    LOG_LEVEL: 'error',
    // The embedded database unless another is named.
    ...Object.fromEntries(named),
  };
}

/**
 * Migrations per second of a campaign over HTTP, orchestrator, queue, worker and driver. At most
 * `lanes` guests migrate at a time, whatever the campaign asks for.
 * @param concurrency attempts in flight: one more than the lanes keeps a next one waiting
 */
export async function runProduct(
  { lanes, sharedRam }: Case,
  { concurrency, spanMs }: { readonly concurrency: number; readonly spanMs: number },
): Promise<number> {
  const guests = [{ name: 'bench', count: lanes * guestsPerLane, sharedRam }];
  const options = { guests, dumpsMax: 0, migrationsMax: lanes };
  return onCluster(options, async (api, { id: clusterId }) => {
    const { id } = await api.post<CampaignView>('/campaigns', {
      name: 'bench',
      clusterId,
      limits: { concurrency, outboundPerHost: concurrency, inboundPerHost: concurrency },
      settleMs: 0,
      stop: { attemptsMax: 1_000_000 },
    });
    await clock.sleep(warmUpMs);
    const clean = async () =>
      (await api.get<CampaignView>(`/campaigns/${id}`)).progress.outcomes.clean;
    const [before, startMs] = [await clean(), clock.monotonicMs()];
    await clock.sleep(spanMs);
    const [after, endMs] = [await clean(), clock.monotonicMs()];
    await api.post(`/campaigns/${id}/stop`);
    await whenOver(api, id);
    return ((after - before) * 1000) / (endMs - startMs);
  });
}

export async function whenOver(api: ApiClient, id: string): Promise<CampaignView> {
  let view = await api.get<CampaignView>(`/campaigns/${id}`);
  await until(`campaign ${id} is over`, async () => {
    view = await api.get<CampaignView>(`/campaigns/${id}`);
    return ['finished', 'stopped', 'failed'].includes(view.state);
  });
  return view;
}

async function until(what: string, ask: () => Promise<boolean> | boolean): Promise<void> {
  const giveUpAtMs = clock.monotonicMs() + endMsMax;
  while (!(await ask())) {
    if (clock.monotonicMs() > giveUpAtMs) throw new Error(`waited in vain: ${what}`);
    await clock.sleep(100);
  }
}
