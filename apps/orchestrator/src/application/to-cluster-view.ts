import type { ClusterView, InventoryView } from '@gauntlet/shared/contracts/clusters';
import type { InventoryPayload } from '@gauntlet/shared/contracts/worker-messages';
import type { Inventory } from '@gauntlet/shared/domain/inventory';
import { type Instant, toIso } from '@gauntlet/shared/kernel/instant';
import type { ClusterRecord } from './records.ts';

export function toClusterView(cluster: ClusterRecord): ClusterView {
  return {
    id: cluster.id,
    name: cluster.name,
    driver: cluster.driver,
    options: cluster.options,
    createdAt: toIso(cluster.createdAt),
    revision: cluster.revision,
    stoppedAt: cluster.stoppedAt === null ? null : toIso(cluster.stoppedAt),
  };
}

export function toInventoryView(inventory: Inventory): InventoryView {
  return structuredClone({ ...inventory, takenAt: toIso(inventory.takenAt) }) as InventoryView;
}

/** Dated by our own clock: a cluster's may be wrong, and a simulated one's runs faster. */
export function toInventory(payload: InventoryPayload, takenAt: Instant): Inventory {
  return { ...payload, takenAt };
}
