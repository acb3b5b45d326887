import { aCampaign, registerFastCluster, runCampaign, startProduct } from '../support/product.ts';
import { median, type Report } from '../support/report.ts';
import { openRig, type Size } from '../support/rig.ts';
import { runPlainQueue } from './plain-queue.ts';

export interface ThroughputOptions {
  readonly attempts: number;
  readonly concurrency: number;
  readonly rounds: number;
  readonly workerIs: 'here' | 'apart';
}

/**
 * Attempts per second end to end over jobs per second of plain BullMQ, on the same backend with the
 * same concurrency, in turns so that a busy machine slows both alike.
 */
export async function benchThroughput(
  size: Size,
  { attempts, concurrency, rounds, workerIs }: ThroughputOptions,
  report: Report,
): Promise<void> {
  await using rig = await openRig(size);
  await using product = await startProduct(rig, concurrency, workerIs);
  const clusterId = await registerFastCluster(product.useCases, 4 * concurrency);
  // More attempts than the worker takes at once: as on the plain queue, the next one waits.
  const inFlight = 2 * concurrency;
  const endToEnd = () => runCampaign(product.useCases, aCampaign(clusterId, attempts, inFlight));
  const plain = () => runPlainQueue(rig.queueBackend, attempts, concurrency);
  await runCampaign(product.useCases, aCampaign(clusterId, 200, inFlight));
  await runPlainQueue(rig.queueBackend, 200, concurrency);
  const ours: number[] = [];
  const theirs: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    theirs.push(await plain());
    ours.push(await endToEnd());
  }
  theirs.push(await plain());
  report.add({
    bench: 'throughput',
    case: `${size}, ${concurrency} at once, worker ${workerIs}`,
    value: median(ours) / median(theirs),
    unit: 'ratio',
    target: { atLeast: 0.35 },
    parts: { attemptsPerS: ours.map(Math.round), jobsPerS: theirs.map(Math.round) },
  });
}
