import type { Coordination } from '@gauntlet/shared/contracts/coordination';
import type { ClusterStore, StartPermits } from '../application/ports.ts';

export interface LeaseKeeper extends StartPermits {
  /** Renews the lease of every cluster that may start attempts. Called a few times a second. */
  renew(): Promise<void>;
}

/** With a renewal each quarter of a second a stop holds, at the latest, after this. */
const leaseMs = 800;
/** A backend that lost its memory gets the directory again after this many renewals. */
const renewalsPerPublication = 20;

/**
 * Leases by the table of clusters, read before each renewal: a lost database ends the permission
 * just as a stop does.
 */
export function createLeaseKeeper(
  coordination: Coordination,
  clusters: Pick<ClusterStore, 'listAll'>,
): LeaseKeeper {
  /** Stopped here and perhaps not yet in the table. */
  const forbidden = new Set<string>();
  let published = '';
  let renewals = 0;

  async function publish(): Promise<string[]> {
    const all = await clusters.listAll();
    const definitions = all.map(({ id, name, driver, options, revision }) => {
      return { id, name, driver, options, revision };
    });
    const text = JSON.stringify(definitions);
    if (text !== published) {
      await coordination.publishClusters(definitions);
      published = text;
    }
    const stopped = all.filter((cluster) => cluster.stoppedAt !== null);
    for (const { id } of stopped) forbidden.delete(id); // the table says so now
    return all.filter((cluster) => cluster.stoppedAt === null).map((cluster) => cluster.id);
  }

  return {
    async renew() {
      renewals += 1;
      if (renewals % renewalsPerPublication === 0) published = '';
      const free = (await publish()).filter((id) => !forbidden.has(id));
      await coordination.renewLeases(free, leaseMs);
      // A stop may have come in between the question and the answer.
      const late = free.filter((id) => forbidden.has(id));
      if (late.length > 0) await coordination.revokeLeases(late);
    },
    async forbid(clusterIds) {
      for (const id of clusterIds) forbidden.add(id);
      // When the backend is lost the leases lapse by themselves.
      await coordination.revokeLeases(clusterIds).catch(() => {});
    },
    allow(clusterIds) {
      for (const id of clusterIds) forbidden.delete(id);
    },
    async refresh() {
      published = '';
      await publish();
    },
  };
}
