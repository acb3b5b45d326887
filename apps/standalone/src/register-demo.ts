import type { UseCases } from '@gauntlet/orchestrator/application/use-cases';

/** The simulated cluster that a newcomer finds; not made again once there is any cluster. */
export async function registerDemo(
  useCases: Pick<UseCases, 'listClusters' | 'createCluster'>,
): Promise<void> {
  const { items } = await useCases.listClusters({ limit: 1 });
  if (items.length > 0) return;
  await useCases.createCluster({
    name: 'demo',
    driver: 'simulated',
    options: { preset: 'demo' },
  });
}
