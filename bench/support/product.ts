import type { UseCases } from '@gauntlet/orchestrator/application/use-cases';
import type { CampaignView, NewCampaign } from '@gauntlet/shared/contracts/campaigns';
import { assert } from '@gauntlet/shared/kernel/assert';
import { readEnvironment } from '@gauntlet/shared/platform/environment';
import { systemIds } from '@gauntlet/shared/platform/ids';
import { createSilentLogger } from '@gauntlet/shared/platform/logger';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import { composeCore } from '../../apps/orchestrator/src/compose-core.ts';
import { readStandalone } from '../../apps/standalone/src/config.ts';
import { composeWorker } from '../../apps/worker/src/compose.ts';
import type { Rig } from './rig.ts';
import { startWorkerApart } from './worker-apart.ts';

/** Orchestrator and worker as they ship, on the given backends, in this process. */
export interface Product extends AsyncDisposable {
  readonly useCases: UseCases;
}

const log = createSilentLogger();
const parts = { clock: systemClock, ids: systemIds, log };

/** @param workerIs `apart`: in a process of its own, where the backends can be reached from one */
export async function startProduct(
  { dataDir, reach, ...backends }: Rig,
  concurrency: number,
  workerIs: 'here' | 'apart' = 'here',
): Promise<Product> {
  await using stack = new AsyncDisposableStack();
  const environment = { GAUNTLET_DATA_DIR: dataDir, PORT: '0', GAUNTLET_WORKER_NAME: 'bench' };
  const config = readEnvironment(environment, readStandalone);
  const core = stack.use(await composeCore({ ...parts, ...backends, config: config.orchestrator }));
  if (workerIs === 'apart') {
    assert(reach !== null, 'this rig is for one process');
    stack.use(startWorkerApart({ reach, dataDir, concurrency }));
  } else {
    const worker = { ...config.worker, concurrency };
    stack.use(await composeWorker({ ...parts, ...backends, config: worker }));
  }
  const kept = stack.move();
  return { useCases: core.useCases, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

/** A cluster that costs next to nothing: what is measured is what Gauntlet adds. */
export async function registerFastCluster(useCases: UseCases, vmCount: number): Promise<string> {
  const hosts = Array.from({ length: 16 }, (_, n) => ({ name: `host-${n}`, migrationsMax: 64 }));
  const vms = Array.from({ length: vmCount }, (_, n) => ({
    name: `vm-${n}`,
    host: `host-${n % hosts.length}`,
    disks: [{ controller: 'ide' as const, format: 'fixed' as const }],
    load: 'idle' as const,
  }));
  const options = { seed: 1, timeScale: 100_000, hosts, vms };
  const { id } = await useCases.createCluster({ name: 'bench', driver: 'simulated', options });
  return id;
}

export function aCampaign(
  clusterId: string,
  attemptsMax: number,
  concurrency: number,
): NewCampaign {
  return {
    name: 'bench',
    clusterId,
    settleMs: 0,
    limits: { concurrency, outboundPerHost: 1_024, inboundPerHost: 1_024 },
    stop: { attemptsMax },
    seed: 1,
  };
}

/** As one dashboard would, and not more: each look costs five statements. */
const pollMs = 250;

/** Runs one campaign to its end. @returns attempts per second, from the order to the end of it */
export async function runCampaign(useCases: UseCases, campaign: NewCampaign): Promise<number> {
  const startedMs = performance.now();
  let view = await whenReady(() => useCases.startCampaign(campaign));
  while (!isOver(view)) {
    await systemClock.sleep(pollMs);
    view = await useCases.getCampaign(view.id);
    if (view.state === 'paused') throw new Error(`paused: ${view.blockedBecause ?? ''}`);
  }
  return (view.progress.attemptsSettled * 1_000) / (performance.now() - startedMs);
}

function isOver({ state }: CampaignView): boolean {
  return state === 'finished' || state === 'stopped' || state === 'failed';
}

/** A worker learns of a new cluster within a second. */
async function whenReady<Value>(work: () => Promise<Value>): Promise<Value> {
  const giveUpMs = performance.now() + 15_000;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > giveUpMs) throw error;
      await systemClock.sleep(100);
    }
  }
}
