import { statSync } from 'node:fs';
import type { Fingerprint, Host, Vm } from '@gauntlet/shared/domain/inventory';
import type { GuestImage } from './guest/guest-image.ts';
import type { Guest } from './guest.ts';
import type { HostFacts } from './host-facts.ts';
import type { QemuConfig } from './options.ts';

/** Names of the slots: what a campaign calls hosts. */
export function slotNames({ hosts }: QemuConfig): string[] {
  return Array.from({ length: hosts }, (_, slot) => `slot-${slot}`);
}

export function toHost(name: string, facts: HostFacts, config: QemuConfig): Host {
  return {
    name,
    state: 'up',
    osBuild: `qemu ${facts.versionText}`,
    cpuVendor: facts.cpuVendor,
    hypervisorFiles: hypervisorFiles(facts),
    hotfixes: [],
    // One more may wait at the gate, so that a lane that frees does not wait for the next plan. Not
    // more: what runs beside a copy takes its processor, and it needs more passes.
    migrationsMax: config.migrationsMax + 1,
    // All of them are this one machine: losing one of them frees nothing and needs nothing.
    memoryMiB: null,
    memoryFreeMiB: null,
  };
}

/** The accelerator stands beside the version: defects belong to the pair. */
function hypervisorFiles({ version, accelerator }: HostFacts) {
  return [
    { name: 'qemu-system-x86_64', version },
    { name: `accel-${accelerator}`, version },
  ];
}

const mebibyte = 1024 * 1024;

export function toVm({ id, config, location, disks }: Guest, image: GuestImage): Vm {
  const { host, state } = location;
  return {
    id,
    name: id,
    host,
    state,
    guestOs: `Linux ${image.kernel.release ?? 'of the user'}`,
    vcpus: config.vcpus,
    memoryMiB: config.ramKiB / 1024,
    processorCompatibility: null,
    integrationServices: null,
    guestFiles: guestFiles(image),
    disks: disks.map((file) => ({
      controller: 'scsi',
      format: config.disks.format,
      sizeMaxMiB: config.disks.sizeMiB,
      fileSizeMiB: statSync(file).size / mebibyte,
    })),
    tags: [config.name, ...config.tags, config.sharedRam ? 'ram-shared' : 'ram-copied'],
    load: loadOf(config),
  };
}

function loadOf({ disks, checkedPages }: Guest['config']): string {
  if (disks.count > 0 && disks.writesPerSecond > 0) return 'disk-writes';
  return checkedPages > 0 ? 'page-checker' : 'idle';
}

function guestFiles(image: GuestImage) {
  return [
    { name: 'kernel', version: image.kernel.release ?? 'unknown' },
    { name: 'guest-image', version: image.sha256.slice(0, 16) },
  ];
}

export interface FingerprintParts {
  readonly config: QemuConfig;
  readonly facts: HostFacts;
  readonly image: GuestImage;
}

export function toFingerprint(
  guest: Guest['config'],
  hosts: readonly string[],
  { config, facts, image }: FingerprintParts,
): Fingerprint {
  const { disks, race } = guest;
  return {
    hosts: hosts.map((name) => ({ name, files: hypervisorFiles(facts), hotfixes: [] })),
    guestFiles: guestFiles(image),
    settings: {
      accelerator: facts.accelerator,
      machine: config.machine,
      ramKiB: String(guest.ramKiB),
      ramMode: guest.sharedRam ? 'shared' : 'copied',
      vcpus: String(guest.vcpus),
      diskCount: String(disks.count),
      diskFormat: disks.count === 0 ? 'none' : disks.format,
      diskIopsMax: String(disks.iopsMax ?? 'none'),
      race: race.variant,
      raceHotfix: String(race.hotfix),
      guestKind: image.kind,
    },
  };
}
