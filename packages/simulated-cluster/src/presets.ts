import type { SimulatedDisk } from './disk.ts';
import {
  type ClusterOptions,
  defaultDefects,
  defaultTiming,
  type HostOptions,
  hostDefaults,
  noFaults,
  type VmOptions,
  vmDefaults,
} from './options.ts';

const windowsGuest = 'Windows Server 2008 R2 Standard';

/** Four 2008 R2 SP1 hosts without the hotfixes and eight guests: the lab of the story. */
export function demoCluster(seed = 2_636_573): ClusterOptions {
  return {
    seed,
    hosts: demoHosts(),
    vms: demoVms(),
    faults: noFaults,
    timing: defaultTiming,
    defects: defaultDefects,
    ledgerMax: 100_000,
  };
}

/** Simulated ms per real ms of the demo: a migration of six seconds takes 0.6 ms. */
export const demoTimeScale = 10_000;

function demoHosts(): HostOptions[] {
  return [1, 2, 3, 4].map((n) => ({ ...hostDefaults, name: `host-${n}` }));
}

function demoVms(): VmOptions[] {
  return [
    sql('sql-1', 'host-1', scsi('dynamic', 1)),
    sql('sql-2', 'host-2', scsi('dynamic', 2)),
    sql('sql-4', 'host-3', scsi('dynamic', 4)),
    sql('sql-8', 'host-4', scsi('dynamic', 8)),
    sql('sql-fixed', 'host-1', scsi('fixed', 4)),
    { ...guest('web-ide', 'host-2'), disks: [disk('ide', 'dynamic')], load: 'web' },
    {
      ...guest('linux-compat', 'host-3'),
      os: 'linux',
      guestOs: 'Red Hat Enterprise Linux 6',
      disks: [disk('ide', 'dynamic')],
      processorCompatibility: true,
    },
    { ...guest('idle-1', 'host-4'), disks: scsi('dynamic', 2) },
  ];
}

function guest(name: string, host: string): VmOptions {
  return { ...vmDefaults, id: name, name, host, guestOs: windowsGuest };
}

function sql(name: string, host: string, disks: readonly SimulatedDisk[]): VmOptions {
  return { ...guest(name, host), disks: [disk('ide', 'fixed'), ...disks], load: 'sql' };
}

function scsi(format: SimulatedDisk['format'], count: number): SimulatedDisk[] {
  return Array.from({ length: count }, () => disk('scsi', format));
}

function disk(
  controller: SimulatedDisk['controller'],
  format: SimulatedDisk['format'],
): SimulatedDisk {
  return { controller, format, sizeMaxMiB: 102_400 };
}
