import { AppError } from '@gauntlet/shared/contracts/errors';
import type { Inventory, Vm } from '@gauntlet/shared/domain/inventory';
import type { EngineState } from './engine-state.ts';
import type { Parts } from './parts.ts';
import type { PlacementRecord } from './records.ts';
import { known } from './source.ts';
import { toInventory } from './to-cluster-view.ts';

/** A driver may have to ask dozens of hosts. */
const inventoryMsMax = 30_000;

/** Workers look for new revisions each second; an older one would answer for what was. */
const revisionKnownMs = 1_500;

/**
 * Asks a worker what the cluster has, stores it, and corrects where VMs are believed to be, save
 * those that moved or were about to while the question was under way.
 *
 * @throws AppError `cluster.silent`, `resource.unknown`
 */
export async function refreshInventory(parts: Parts, clusterId: string): Promise<Inventory> {
  await waitForRevision(parts, clusterId);
  const asked = parts.state.mustLook.get(clusterId);
  const before = new Map(
    (await parts.stores.placements.list(clusterId)).map((one) => [one.vmId, one]),
  );
  const flying = await flyingVms(parts.stores, clusterId);
  const inventory = await askInventory(parts, clusterId);
  await parts.transact(async (stores) => {
    const cluster = await stores.clusters.lock(clusterId);
    if (cluster === undefined) throw new AppError('resource.unknown', 'the cluster is gone');
    const stillFlying = await flyingVms(stores, clusterId);
    const now = new Map((await stores.placements.list(clusterId)).map((one) => [one.vmId, one]));
    const seen = inventory.vms
      .filter((vm) => !flying.has(vm.id) && !stillFlying.has(vm.id))
      .filter((vm) => samePlacement(before.get(vm.id), now.get(vm.id)))
      .map((vm) => toPlacement(vm, now.get(vm.id)))
      .filter((placement) => !samePlacement(placement, now.get(placement.vmId)));
    await stores.clusters.saveInventory(clusterId, inventory);
    await stores.placements.save(clusterId, seen);
  });
  rememberHosts(parts.state, clusterId, inventory);
  tellGuards(parts, clusterId, inventory);
  if (parts.state.mustLook.get(clusterId) === asked) parts.state.mustLook.delete(clusterId);
  return inventory;
}

export function rememberHosts(state: EngineState, clusterId: string, inventory: Inventory): void {
  const up = inventory.hosts.filter((host) => host.state === 'up');
  state.hostsUp.set(clusterId, new Map(up.map((host) => [host.name, host.migrationsMax])));
}

/** What was just seen must not be judged by what the timer saw before. */
function tellGuards({ state, clock }: Parts, clusterId: string, inventory: Inventory): void {
  state.lookedMs.set(clusterId, clock.monotonicMs());
  const watch = state.watched.get(clusterId);
  if (watch !== undefined) state.watched.set(clusterId, { ...watch, inventory: known(inventory) });
}

async function waitForRevision({ state, clock }: Parts, clusterId: string): Promise<void> {
  const revisedMs = state.revisedMs.get(clusterId);
  if (revisedMs === undefined) return;
  const leftMs = revisedMs + revisionKnownMs - clock.monotonicMs();
  if (leftMs > 0) await clock.sleep(leftMs);
  state.revisedMs.delete(clusterId);
}

async function askInventory(parts: Parts, clusterId: string): Promise<Inventory> {
  const request = { v: 1, requestId: parts.ids.next(), clusterId, op: 'inventory' } as const;
  const reply = await parts.control.ask(request, inventoryMsMax);
  if (reply.ok && reply.inventory !== null) return toInventory(reply.inventory, parts.clock.now());
  const why = reply.error ?? 'the worker sent no inventory';
  throw new AppError('cluster.silent', `the inventory could not be read: ${why}`);
}

async function flyingVms(
  { attempts }: Pick<Parts['stores'], 'attempts'>,
  clusterId: string,
): Promise<Set<string>> {
  return new Set((await attempts.listInFlight(clusterId)).map((attempt) => attempt.vmId));
}

function toPlacement(vm: Vm, before: PlacementRecord | undefined): PlacementRecord {
  return {
    vmId: vm.id,
    vmName: vm.name,
    host: vm.host,
    usable: vm.state === 'running' && vm.host !== null,
    readyAt: before?.readyAt ?? (0 as PlacementRecord['readyAt']),
    departures: before?.departures ?? {},
  };
}

function samePlacement(a: PlacementRecord | undefined, b: PlacementRecord | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.host === b.host && a.usable === b.usable && a.readyAt === b.readyAt && a.vmName === b.vmName
  );
}
