import { runCampaign, startProduct } from '../support/product.ts';
import { median, type Report } from '../support/report.ts';
import { openRig, type Size } from '../support/rig.ts';

/**
 * The demo cluster lets two migrations run at once, so its pace is the time from one attempt's
 * report to the start of the next, which no batch can hide.
 */
export async function benchFewInFlight(
  size: Size,
  { attempts, rounds }: { attempts: number; rounds: number },
  report: Report,
): Promise<void> {
  await using rig = await openRig(size);
  await using product = await startProduct(rig, 32);
  const { id: clusterId } = await product.useCases.createCluster({
    name: 'demo',
    driver: 'simulated',
    options: { preset: 'demo' },
  });
  const campaign = (attemptsMax: number) => ({
    name: 'few in flight',
    clusterId,
    stop: { attemptsMax },
    seed: 1,
  });
  await runCampaign(product.useCases, campaign(50));
  const rates: number[] = [];
  for (let round = 0; round < rounds; round += 1)
    rates.push(await runCampaign(product.useCases, campaign(attempts)));
  report.add({
    bench: 'few in flight',
    case: `${size}, cluster demo`,
    value: median(rates),
    unit: 'attempts/s',
    parts: { attemptsPerS: rates.map(Math.round) },
  });
}
