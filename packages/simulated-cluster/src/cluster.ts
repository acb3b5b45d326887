import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { Instant } from '@gauntlet/shared/kernel/instant';
import { fileSizeMiB, isEnumeratedAtPowerOff, isGrowing, toLoadFactor } from './disk.ts';
import type { EventListener } from './events.ts';
import { type Guest, isAlive, type ProbeFault } from './guest.ts';
import type { SimulatedHost } from './host.ts';
import { hypervisorFilesOf } from './host-files.ts';
import type { Ledger, LedgerEntry } from './ledger.ts';
import { type MigrationEnd, type MigrationOrder, migrate } from './migrate.ts';
import type { ClusterOptions } from './options.ts';
import { armXrstorDefect, injectNmi, planOutages } from './outages.ts';
import { type PowerCycleOrder, powerCycle, putBack, recover } from './recovery.ts';
import { type ClusterSnapshot, takeSnapshot } from './snapshot.ts';
import { applyOptions, createWorld, guestOf, hostOf, type World } from './world.ts';

export interface ClusterLocation {
  readonly vmId: string;
  readonly host: string | null;
  readonly state: Guest['state'];
  readonly migrating: boolean;
}

export type BugcheckEntry = Extract<LedgerEntry, { kind: 'bugcheck' | 'host-crash' }>;

/** A cluster of simulated hosts and VMs. Unknown names throw ClusterError. */
export interface SimulatedCluster extends Disposable {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly options: ClusterOptions;
  inventory(): ReturnType<typeof toInventory>;
  fingerprint(vmId: string, hosts: readonly string[]): ReturnType<typeof toFingerprint>;
  locate(vmId: string): ClusterLocation;
  migrate(order: MigrationOrder, signal: AbortSignal): Promise<MigrationEnd>;
  powerCycle(order: PowerCycleOrder): Promise<MigrationEnd>;
  probe(vmId: string): { readonly alive: boolean; readonly faults: readonly ProbeFault[] };
  /** @returns ends the watch */
  watch(vmId: string, listener: EventListener): () => void;
  /** Events of this VM so far, watched or not: who has seen as many has missed none. */
  eventCount(vmId: string): number;
  /** The newest bugcheck of this VM, or of its host, at or after `since`. */
  findBugcheck(vmId: string, since: Instant): BugcheckEntry | null;
  recover(vmId: string): Promise<ClusterLocation>;
  /** @returns what could not be restored, a sentence each */
  putBack(
    placements: readonly { readonly vmId: string; readonly host: string }[],
  ): Promise<readonly string[]>;
  /** Crashes the guest by an injected NMI. */
  crash(vmId: string): void;
  /** Takes over new options: hotfixes, faults, disks, VMs. What goes on, goes on. */
  reconfigure(options: ClusterOptions): void;
  /** @param reserve see takeSnapshot */
  snapshot(reserve: number): ClusterSnapshot;
}

/** @param clock the cluster's own time; it is stopped by whoever made it */
export function createCluster(
  options: ClusterOptions,
  clock: Clock,
  snapshot: ClusterSnapshot | null = null,
): SimulatedCluster {
  const world = createWorld(options, clock, snapshot);
  planOutages(world, []);
  armGuests(world, world.guests.values());
  return {
    clock,
    ledger: world.ledger,
    get options() {
      return world.options;
    },
    inventory: () => toInventory(world),
    fingerprint: (vmId, hosts) => toFingerprint(world, vmId, hosts),
    locate: (vmId) => toLocation(guestOf(world, vmId)),
    migrate: (order, signal) => migrate(world, order, signal),
    powerCycle: (order) => powerCycle(world, order),
    probe: (vmId) => probe(world, vmId),
    watch: (vmId, listener) => {
      guestOf(world, vmId);
      return world.board.subscribe(vmId, listener);
    },
    eventCount: (vmId) => world.board.countOf(vmId),
    findBugcheck: (vmId, since) => findBugcheck(world, vmId, since),
    recover: async (vmId) => {
      await recover(world, vmId);
      return toLocation(guestOf(world, vmId));
    },
    putBack: (placements) => putAllBack(world, placements),
    crash: (vmId) => injectNmi(world, guestOf(world, vmId)),
    reconfigure: (next) => reconfigure(world, next),
    snapshot: (reserve) => takeSnapshot(world, reserve),
    [Symbol.dispose]: () => {
      for (const run of world.runs) run.interrupt.abort('taken-away');
    },
  };
}

/** Windows guests have begun their uptime; what runs on Linux has survived its start already. */
function armGuests(world: World, guests: Iterable<Guest>): void {
  for (const guest of guests) {
    if (guest.options.os !== 'windows' || guest.state !== 'running') continue;
    armXrstorDefect(world, guest, { attemptId: null, start: guest.starts - 1 });
  }
}

function reconfigure(world: World, next: ClusterOptions): void {
  const { hostDown } = world.options.faults;
  const known = new Set(world.guests.values());
  applyOptions(world, next);
  planOutages(world, hostDown);
  armGuests(
    world,
    [...world.guests.values()].filter((guest) => !known.has(guest)),
  );
}

function probe(world: World, vmId: string) {
  const guest = guestOf(world, vmId);
  return { alive: isAlive(guest, world.clock.monotonicMs()), faults: guest.faults };
}

function findBugcheck(world: World, vmId: string, since: Instant): BugcheckEntry | null {
  const found = world.ledger.findLast(
    (entry) =>
      (entry.kind === 'bugcheck' && entry.vmId === vmId) ||
      (entry.kind === 'host-crash' && entry.stop !== null && entry.vmIds.includes(vmId)),
  );
  const isBugcheck = found?.kind === 'bugcheck' || found?.kind === 'host-crash';
  return isBugcheck && found.at >= since ? found : null;
}

async function putAllBack(
  world: World,
  placements: readonly { readonly vmId: string; readonly host: string }[],
): Promise<readonly string[]> {
  const differences: string[] = [];
  for (const { vmId, host } of placements) {
    const difference = await putBack(world, vmId, host);
    if (difference !== null) differences.push(difference);
  }
  return differences;
}

function toLocation(guest: Guest): ClusterLocation {
  return {
    vmId: guest.options.id,
    host: guest.state === 'off' ? null : guest.host,
    state: guest.state,
    migrating: guest.task === 'migration',
  };
}

function toInventory(world: World) {
  return {
    takenAt: world.clock.now(),
    hosts: [...world.hosts.values()].map(toHostView),
    vms: [...world.guests.values()].map(toVmView),
  };
}

function toHostView({ options, state }: SimulatedHost) {
  return {
    name: options.name,
    state,
    osBuild: options.osBuild,
    cpuVendor: options.cpuVendor,
    hypervisorFiles: hypervisorFilesOf(options),
    hotfixes: options.hotfixes,
    migrationsMax: options.migrationsMax,
    memoryMiB: options.memoryMiB,
  };
}

function toVmView(guest: Guest) {
  const { options: vm, state } = guest;
  return {
    id: vm.id,
    name: vm.name,
    host: state === 'off' ? null : guest.host,
    state,
    guestOs: vm.guestOs,
    vcpus: vm.vcpus,
    memoryMiB: vm.memoryMiB,
    processorCompatibility: vm.processorCompatibility,
    integrationServices: vm.os === 'windows' ? '6.1.7601.17514' : '3.1',
    guestFiles: guestFilesOf(guest),
    disks: vm.disks.map((disk) => ({ ...disk, fileSizeMiB: fileSizeMiB(disk) })),
    tags: vm.tags,
    load: typeof vm.load === 'string' ? vm.load : `factor ${vm.load}`,
  };
}

function guestFilesOf({ options }: Guest) {
  return options.os === 'windows' ? [{ name: 'storvsc.sys', version: '6.1.7601.17514' }] : [];
}

function toFingerprint(world: World, vmId: string, hosts: readonly string[]) {
  const guest = guestOf(world, vmId);
  const { disks, load, processorCompatibility } = guest.options;
  const scsi = disks.filter(isEnumeratedAtPowerOff);
  return {
    hosts: hosts.map((name) => {
      const { options } = hostOf(world, name);
      return { name, files: hypervisorFilesOf(options), hotfixes: options.hotfixes };
    }),
    guestFiles: guestFilesOf(guest),
    settings: {
      processorCompatibility: String(processorCompatibility),
      scsiDisks: String(scsi.length),
      growingScsiDisks: String(scsi.filter(isGrowing).length),
      loadFactor: String(toLoadFactor(load)),
    },
  };
}
