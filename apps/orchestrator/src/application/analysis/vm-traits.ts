import type { Vm } from '@gauntlet/shared/domain/inventory';

/** What of a VM may raise its rate, as levels of factors; frozen when a campaign starts. */
export function traitsOf(vm: Vm): Readonly<Record<string, string>> {
  const scsi = vm.disks.filter((disk) => disk.controller === 'scsi');
  const formats = [...new Set(scsi.map((disk) => disk.format))];
  return {
    diskFormat: formats.length > 1 ? 'mixed' : (formats[0] ?? 'no SCSI disk'),
    scsiDisks: binOf(scsi.length),
    load: vm.load ?? 'unknown',
    guestOs: vm.guestOs ?? 'unknown',
    processorCompatibility: sayFlag(vm.processorCompatibility),
  };
}

/** Wide enough that a handful of VMs does not make a level each. */
function binOf(count: number): string {
  if (count <= 1) return String(count);
  if (count <= 3) return '2-3';
  return count <= 7 ? '4-7' : '8 or more';
}

function sayFlag(flag: boolean | null): string {
  if (flag === null) return 'unknown';
  return flag ? 'on' : 'off';
}
