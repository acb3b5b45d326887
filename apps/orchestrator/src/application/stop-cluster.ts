import type { ClusterView } from '@gauntlet/shared/contracts/clusters';
import { AppError } from '@gauntlet/shared/contracts/errors';
import { changeState } from './change-state.ts';
import { findCluster } from './find-cluster.ts';
import type { Parts } from './parts.ts';
import { toClusterView } from './to-cluster-view.ts';

/**
 * The kill switch of one cluster. The leases go first, so that no worker starts anything from here
 * on even if the tables cannot be written; then its campaigns are paused.
 */
export async function stopCluster(parts: Parts, id: string): Promise<ClusterView> {
  await findCluster(parts, id);
  await parts.permits.forbid([id]);
  await pauseAllOn(parts, id);
  return toClusterView(await findCluster(parts, id));
}

/** @returns how many campaigns were paused */
export async function pauseAllOn(parts: Parts, clusterId: string): Promise<number> {
  const at = parts.clock.now();
  const paused = await parts.transact(async (stores) => {
    const cluster = await stores.clusters.lock(clusterId);
    if (cluster === undefined) throw new AppError('resource.unknown', 'the cluster is gone');
    if (cluster.stoppedAt === null) await stores.clusters.update(clusterId, { stoppedAt: at });
    const active = await stores.campaigns.listActive(clusterId);
    const live = active.filter((one) => one.state !== 'paused' && one.state !== 'stopping');
    const because = 'the cluster was stopped (STOP)';
    for (const campaign of live)
      await changeState(stores, campaign, { state: 'paused', because }, at);
    return live;
  });
  parts.log.warn({ clusterId, campaigns: paused.length }, 'cluster stopped by a person');
  for (const campaign of paused) parts.notices.campaignChanged(campaign.id);
  parts.notices.clusterHasRoom(clusterId);
  return paused.length;
}

/** Takes the kill switch back. Campaigns stay paused until a person resumes each. */
export async function releaseCluster(parts: Parts, id: string): Promise<ClusterView> {
  await findCluster(parts, id);
  await parts.stores.clusters.update(id, { stoppedAt: null });
  parts.permits.allow([id]);
  await parts.permits.refresh();
  parts.log.info({ clusterId: id }, 'cluster released by a person');
  parts.notices.clusterHasRoom(id);
  return toClusterView(await findCluster(parts, id));
}
