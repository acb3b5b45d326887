import type { Inventory } from '@gauntlet/shared/domain/inventory';
import type { Parts } from './parts.ts';
import type { ClusterRecord } from './records.ts';
import { askSource } from './source.ts';
import type { Watch } from './watch.ts';

/** Real ms. The inventory is read anew every 30 s: older than this, nobody looks any more. */
export const inventoryAgeMsMax = 180_000;
const askMsMax = 5_000;

/** Asks every source, each within its time. Never rejects. */
export async function watchCluster(parts: Parts, cluster: ClusterRecord): Promise<Watch> {
  const { clock, files, state } = parts;
  const [inventory, evidenceFreeMiB] = await Promise.all([
    askSource(clock, askMsMax, () => readFreshInventory(parts, cluster.id)),
    askSource(clock, askMsMax, () => files.freeMiB()),
  ]);
  const workerSilentMs = await askSource(clock, askMsMax, async () => silentMs(parts, cluster));
  const watch = { atMs: clock.monotonicMs(), inventory, evidenceFreeMiB, workerSilentMs };
  state.watched.set(cluster.id, watch);
  return watch;
}

async function readFreshInventory(parts: Parts, clusterId: string): Promise<Inventory> {
  const { stores, state, clock } = parts;
  const nowMs = clock.monotonicMs();
  // After a restart the time runs anew: the first look is on its way.
  const lookedMs = state.lookedMs.get(clusterId) ?? nowMs;
  state.lookedMs.set(clusterId, lookedMs);
  const ageMs = nowMs - lookedMs;
  if (ageMs > inventoryAgeMsMax)
    throw new Error(`the inventory was last read ${Math.round(ageMs / 1000)} s ago`);
  const inventory = await stores.clusters.readInventory(clusterId);
  if (inventory === undefined) throw new Error('the inventory was never read');
  return inventory;
}

function silentMs({ workers }: Parts, { driver }: ClusterRecord): number {
  const able = workers.list().filter((worker) => worker.drivers.includes(driver));
  return Math.min(workers.listeningMs(), ...able.map((worker) => worker.silentMs));
}
