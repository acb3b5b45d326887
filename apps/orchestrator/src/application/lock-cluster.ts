import type { Stores } from './ports.ts';
import type { CampaignRecord, ClusterHead, OpenAttempt, PlacementRecord } from './records.ts';

/** A cluster that this transaction alone may change until it ends. */
export interface LockedCluster {
  readonly cluster: ClusterHead;
  /** Those that are not over. */
  readonly campaigns: readonly CampaignRecord[];
  /** By VM id. */
  readonly placements: ReadonlyMap<string, PlacementRecord>;
  /** Every unsettled attempt on it. */
  readonly inFlight: readonly OpenAttempt[];
}

/**
 * Takes the cluster's lock and reads all that settling and planning need of it. In one round trip:
 * the statements are sent together and run in their order, the lock first, so that the others see
 * what its last holder left. Undefined when there is no such cluster.
 */
export async function lockCluster(
  stores: Stores,
  clusterId: string,
): Promise<LockedCluster | undefined> {
  const [cluster, campaigns, placements, inFlight] = await Promise.all([
    stores.clusters.lock(clusterId),
    stores.campaigns.listActive(clusterId),
    stores.placements.list(clusterId),
    stores.attempts.listInFlight(clusterId),
  ]);
  if (cluster === undefined) return undefined;
  const byVm = new Map(placements.map((placement) => [placement.vmId, placement]));
  return { cluster, campaigns, placements: byVm, inFlight };
}
