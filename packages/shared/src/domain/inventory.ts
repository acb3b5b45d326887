import type { Instant } from '../kernel/instant.ts';

export const driverNames = ['simulated', 'hyperv', 'qemu'] as const;
export type DriverName = (typeof driverNames)[number];

export const hostStates = ['up', 'down', 'paused', 'unknown'] as const;
export type HostState = (typeof hostStates)[number];

export const vmStates = ['running', 'off', 'paused', 'failed', 'unknown'] as const;
export type VmState = (typeof vmStates)[number];

export const diskControllers = ['scsi', 'ide'] as const;
export const diskFormats = ['dynamic', 'fixed', 'differencing', 'passthrough'] as const;

export interface FileVersion {
  readonly name: string;
  readonly version: string;
}

export interface Disk {
  readonly controller: (typeof diskControllers)[number];
  readonly format: (typeof diskFormats)[number];
  readonly sizeMaxMiB: number;
  /** null: not readable from here (an in-use VHD can be read on its owner only). */
  readonly fileSizeMiB: number | null;
}

export interface Host {
  readonly name: string;
  readonly state: HostState;
  readonly osBuild: string | null;
  readonly cpuVendor: string | null;
  readonly hypervisorFiles: readonly FileVersion[];
  readonly hotfixes: readonly string[];
  /** The host's own cap on live migrations it takes part in at once; null when it has none. */
  readonly migrationsMax: number | null;
  /** null where the driver cannot tell; absent in inventories taken before it was read. */
  readonly memoryMiB?: number | null;
  /** Free for more VMs by the host's own count; null where only the sum of its VMs is known. */
  readonly memoryFreeMiB?: number | null;
}

export interface Vm {
  /** Stable for the life of the VM and unique in its cluster; names are neither. */
  readonly id: string;
  readonly name: string;
  /** The host that runs it now; null when nobody knows. */
  readonly host: string | null;
  readonly state: VmState;
  readonly guestOs: string | null;
  readonly vcpus: number;
  readonly memoryMiB: number;
  readonly processorCompatibility: boolean | null;
  readonly integrationServices: string | null;
  readonly guestFiles: readonly FileVersion[];
  readonly disks: readonly Disk[];
  readonly tags: readonly string[];
  /** The load the guest is known to carry (`idle`, `sql`, ...); null when unknown. */
  readonly load: string | null;
}

/** What a cluster has right now. */
export interface Inventory {
  readonly takenAt: Instant;
  readonly hosts: readonly Host[];
  readonly vms: readonly Vm[];
}

/**
 * The file versions that decide whether a fix is present, as they were at one attempt:
 * of both hosts of the migration and of the guest.
 */
export interface Fingerprint {
  readonly hosts: readonly {
    readonly name: string;
    readonly files: readonly FileVersion[];
    readonly hotfixes: readonly string[];
  }[];
  readonly guestFiles: readonly FileVersion[];
  /** What else decides behaviour: `processorCompatibility`, `ramKiB`, `diskFormat`, ... */
  readonly settings: Readonly<Record<string, string>>;
}
