import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import { aCampaign, registerFastCluster, runCampaign, startProduct } from '../support/product.ts';
import type { Report } from '../support/report.ts';
import { openRig, type Size } from '../support/rig.ts';

const concurrency = 64;

/**
 * What orchestrator and worker, in one process, hold after `attempts` attempts over what they held
 * after a tenth of them. Each time after a garbage collection.
 */
export async function benchMemory(size: Size, attempts: number, report: Report): Promise<void> {
  const collect = exposeCollector();
  await using rig = await openRig(size);
  await using product = await startProduct(rig, concurrency);
  const clusterId = await registerFastCluster(product.useCases, 4 * concurrency);
  const tenth = Math.max(1, Math.round(attempts / 10));
  const run = (count: number) =>
    runCampaign(product.useCases, aCampaign(clusterId, count, 2 * concurrency));
  await run(tenth);
  const before = await measure(collect);
  await run(attempts - tenth);
  const after = await measure(collect);
  for (const [kind, value] of [
    ['RSS', after.rss / before.rss],
    ['heap', after.heap / before.heap],
  ] as const)
    report.add({
      bench: 'memory',
      case: `${size}, ${kind} after ${attempts} attempts over ${tenth}`,
      value,
      unit: 'ratio',
      target: { atMost: 1.2 },
      parts: { beforeMiB: toMiB(before, kind), afterMiB: toMiB(after, kind) },
    });
}

interface Held {
  readonly rss: number;
  readonly heap: number;
}

async function measure(collect: () => void): Promise<Held> {
  for (let round = 0; round < 3; round += 1) {
    collect();
    await systemClock.sleep(200);
  }
  const { rss, heapUsed } = process.memoryUsage();
  return { rss, heap: heapUsed };
}

function toMiB({ rss, heap }: Held, kind: 'RSS' | 'heap'): number {
  return Math.round((kind === 'RSS' ? rss : heap) / 2 ** 20);
}

function exposeCollector(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('this Node has no collector to call');
  return () => void collect();
}
