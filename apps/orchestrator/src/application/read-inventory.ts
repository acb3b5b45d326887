import type { InventoryView } from '@gauntlet/shared/contracts/clusters';
import type { Inventory } from '@gauntlet/shared/domain/inventory';
import { findCluster } from './find-cluster.ts';
import type { Parts } from './parts.ts';
import { refreshInventory } from './refresh-inventory.ts';
import { toInventoryView } from './to-cluster-view.ts';

export async function readInventory(
  parts: Parts,
  { id, refresh }: { id: string; refresh: boolean },
): Promise<InventoryView> {
  return toInventoryView(await currentInventory(parts, { id, refresh }));
}

/**
 * The stored inventory, or a fresh one when asked for, when there is none, or when the cluster was
 * changed since.
 *
 * @throws AppError `resource.unknown`, `cluster.silent`
 */
export async function currentInventory(
  parts: Parts,
  { id, refresh }: { id: string; refresh: boolean },
): Promise<Inventory> {
  await findCluster(parts, id);
  const stored = await parts.stores.clusters.readInventory(id);
  if (stored !== undefined && !refresh && !parts.state.mustLook.has(id)) return stored;
  return refreshInventory(parts, id);
}
