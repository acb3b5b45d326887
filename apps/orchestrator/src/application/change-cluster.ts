import type { ClusterChange, ClusterView } from '@gauntlet/shared/contracts/clusters';
import { AppError } from '@gauntlet/shared/contracts/errors';
import { refuseTakenName } from './create-cluster.ts';
import { demandLook } from './engine-state.ts';
import { findCluster } from './find-cluster.ts';
import type { Parts } from './parts.ts';
import { toClusterView } from './to-cluster-view.ts';

/**
 * A new revision of the cluster; workers take it up within a second. The stored inventory no longer
 * holds, so nothing is planned until it was read anew.
 *
 * @throws AppError `resource.unknown`, `state.conflict` while an attempt is in flight
 */
export async function changeCluster(
  parts: Parts,
  { id, change }: { id: string; change: ClusterChange },
): Promise<ClusterView> {
  await parts.transact(async (stores) => {
    const cluster = await stores.clusters.lock(id);
    if (cluster === undefined) throw new AppError('resource.unknown', `there is no cluster ${id}`);
    const inFlight = await stores.attempts.listInFlight(id);
    if (inFlight.length > 0) {
      const detail = `${inFlight.length} attempts are in flight on it; pause its campaigns first`;
      throw new AppError('state.conflict', detail);
    }
    if (change.name !== undefined) await refuseTakenName(stores, { id, name: change.name });
    await stores.clusters.update(id, {
      revision: cluster.revision + 1,
      ...(change.name === undefined ? {} : { name: change.name }),
      ...(change.options === undefined ? {} : { options: change.options }),
    });
  });
  demandLook(parts.state, id);
  parts.state.revisedMs.set(id, parts.clock.monotonicMs());
  await parts.permits.refresh();
  parts.log.info({ clusterId: id }, 'cluster changed');
  return toClusterView(await findCluster(parts, id));
}
