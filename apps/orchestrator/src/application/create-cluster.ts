import type { ClusterView, NewCluster } from '@gauntlet/shared/contracts/clusters';
import { AppError } from '@gauntlet/shared/contracts/errors';
import type { Parts } from './parts.ts';
import type { Stores } from './ports.ts';
import type { ClusterRecord } from './records.ts';
import { toClusterView } from './to-cluster-view.ts';

/** @throws AppError `state.conflict` when the name is taken */
export async function createCluster(parts: Parts, asked: NewCluster): Promise<ClusterView> {
  const cluster: ClusterRecord = {
    id: parts.ids.next(),
    name: asked.name,
    driver: asked.driver,
    options: asked.options ?? {},
    revision: 1,
    createdAt: parts.clock.now(),
    stoppedAt: null,
  };
  await parts.transact(async (stores) => {
    await refuseTakenName(stores, cluster);
    await stores.clusters.insert(cluster);
  });
  await parts.permits.refresh();
  parts.log.info({ clusterId: cluster.id, driver: cluster.driver }, 'cluster created');
  return toClusterView(cluster);
}

/** @throws AppError `state.conflict` */
export async function refuseTakenName(
  { clusters }: Pick<Stores, 'clusters'>,
  { id, name }: Pick<ClusterRecord, 'id' | 'name'>,
): Promise<void> {
  const other = await clusters.findByName(name);
  if (other !== undefined && other.id !== id)
    throw new AppError('state.conflict', `another cluster is called ${name}`);
}
