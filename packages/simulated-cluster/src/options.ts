import type { SimulatedDisk } from './disk.ts';
import type { HostSoftware } from './host-files.ts';

export interface HostOptions extends HostSoftware {
  readonly name: string;
  /** Live migrations the host takes part in at once, in or out; >= 1. */
  readonly migrationsMax: number;
  /** Room for VMs. Told in the inventory; the cluster itself does not run out of it. */
  readonly memoryMiB: number;
}

export interface VmOptions {
  readonly id: string;
  readonly name: string;
  /** Where it runs when the cluster is new. */
  readonly host: string;
  readonly os: 'windows' | 'linux';
  readonly guestOs: string;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly processorCompatibility: boolean;
  readonly disks: readonly SimulatedDisk[];
  /** A named load (`idle`, `web`, `sql`) or a factor >= 0, 1 = `sql`. */
  readonly load: string | number;
  readonly tags: readonly string[];
  /** True when a probe in the guest exchanges values in a contended loop. */
  readonly exchangeProbe: boolean;
}

export interface FailedMigrationFault {
  /** Probability per migration, [0, 1]. */
  readonly share: number;
  /** A class of migrationErrorClasses. */
  readonly class: string;
  readonly code: string | null;
  readonly message: string;
  /** Ids of the VMs it strikes; empty: all. */
  readonly vms: readonly string[];
}

export interface HostDownFault {
  readonly host: string;
  /** Simulated ms after the cluster began, or null. */
  readonly afterMs: number | null;
  /** After so many migrations have begun in the whole cluster, or null. */
  readonly afterMigrations: number | null;
  /** Simulated ms until it is up again. */
  readonly lastsMs: number;
}

export interface OtherBugcheckFault {
  readonly share: number;
  readonly code: number;
  readonly parameters: readonly string[];
  readonly module: string | null;
  readonly function: string | null;
}

export interface FaultOptions {
  readonly failedMigrations: readonly FailedMigrationFault[];
  readonly slowMigrations: { readonly share: number; readonly factor: number };
  /** After a migration the guest lives on but its heartbeat is not heard for `lastsMs`. */
  readonly lostHeartbeats: { readonly share: number; readonly lastsMs: number };
  /** After a migration the guest stands still for good: no heartbeat, no STOP code. */
  readonly hungGuests: { readonly share: number };
  readonly hostDown: readonly HostDownFault[];
  readonly otherBugchecks: readonly OtherBugcheckFault[];
}

export interface TimingOptions {
  /** Of the live-migration network. */
  readonly bandwidthMbps: number;
  readonly blackoutMs: number;
  readonly powerCycleMs: number;
  readonly hostRebootMs: number;
  /** From the loss of a host until its VMs run elsewhere. */
  readonly failoverMs: number;
}

export interface DefectOptions {
  /** Mean uptime of a Windows guest with processor compatibility until 0x20001, ms. */
  readonly xrstorMeanUptimeMs: number;
  /** Lost exchanges per second of contended exchanges on an unfixed host. */
  readonly lostExchangesPerSecond: number;
  /** Seconds of contended exchanges the probe runs after each migration. */
  readonly exchangeSeconds: number;
}

/** A cluster described in full. Two clusters with equal options behave alike. */
export interface ClusterOptions {
  /** Integer in [0, 2^53). */
  readonly seed: number;
  readonly hosts: readonly HostOptions[];
  readonly vms: readonly VmOptions[];
  readonly faults: FaultOptions;
  readonly timing: TimingOptions;
  readonly defects: DefectOptions;
  /** Ledger entries kept; older ones are dropped, totals never. */
  readonly ledgerMax: number;
}

export const noFaults: FaultOptions = {
  failedMigrations: [],
  slowMigrations: { share: 0, factor: 1 },
  lostHeartbeats: { share: 0, lastsMs: 0 },
  hungGuests: { share: 0 },
  hostDown: [],
  otherBugchecks: [],
};

const dayMs = 86_400_000;

export const defaultTiming: TimingOptions = {
  bandwidthMbps: 10_000,
  blackoutMs: 500,
  powerCycleMs: 30_000,
  hostRebootMs: 300_000,
  failoverMs: 20_000,
};

export const defaultDefects: DefectOptions = {
  xrstorMeanUptimeMs: 30 * dayMs,
  lostExchangesPerSecond: 1e-4,
  exchangeSeconds: 10,
};

export const hostDefaults: Omit<HostOptions, 'name'> = {
  osBuild: '6.1.7601',
  cpuVendor: 'Intel Xeon',
  hotfixes: [],
  migrationsMax: 1,
  memoryMiB: 65_536,
};

export const vmDefaults = {
  os: 'windows',
  vcpus: 2,
  memoryMiB: 4096,
  processorCompatibility: false,
  disks: [],
  load: 'idle',
  tags: [],
  exchangeProbe: false,
} as const satisfies Partial<VmOptions>;

/** Hosts and VMs that contradict each other, a sentence each; empty when the cluster can be. */
export function findContradictions({ hosts, vms, faults }: ClusterOptions): string[] {
  const hostNames = new Set(hosts.map((host) => host.name));
  const vmIds = new Set(vms.map((vm) => vm.id));
  return [
    ...(hosts.length === 0 ? ['the cluster has no hosts'] : []),
    ...repeated(hosts.map((host) => host.name)).map((name) => `host "${name}" is named twice`),
    ...repeated(vms.map((vm) => vm.id)).map((id) => `VM id "${id}" is used twice`),
    ...vms
      .filter((vm) => !hostNames.has(vm.host))
      .map((vm) => `VM "${vm.name}" is on host "${vm.host}", which the cluster does not have`),
    ...faults.hostDown
      .filter((fault) => !hostNames.has(fault.host))
      .map((fault) => `faults.hostDown names host "${fault.host}", which the cluster has not`),
    ...faults.failedMigrations
      .flatMap((fault) => fault.vms)
      .filter((id) => !vmIds.has(id))
      .map((id) => `faults.failedMigrations names VM "${id}", which the cluster has not`),
  ];
}

function repeated(names: readonly string[]): string[] {
  const seen = new Set<string>();
  return [...new Set(names.filter((name) => seen.size === seen.add(name).size))];
}
