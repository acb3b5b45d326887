import type { Fingerprint, Inventory, Vm } from '@gauntlet/shared/domain/inventory';
import { toGuid } from '@gauntlet/shared/evidence/windows-event';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { ClusterHosts } from './cluster-hosts.ts';
import type { Desk } from './desk.ts';
import { isAllowed, type Locator } from './locator.ts';
import type { GuestRead, ReplyOf, VmRead } from './operations.ts';
import type { HypervSettings } from './options.ts';

export interface InventoryParts {
  readonly desk: Desk;
  readonly hosts: ClusterHosts;
  readonly locator: Locator;
  readonly settings: HypervSettings;
  readonly clock: Clock;
  /** What was read of each VM last, by id. */
  readonly lastReads: Map<string, Vm>;
}

const vmsPerPage = 200;
const pagesMax = 100;
/**
 * What the VMs of one inventory may take together: whoever asked waits a minute at most, and each VM
 * takes PowerShell a second or more. The rest show what was read of them last.
 */
const readVmsMsMax = 25_000;

type VmRow = ReplyOf<'vms.list'>['vms'][number];

/** Every host, and every VM the driver may see, with what is readable of each. */
export async function readInventory(
  parts: InventoryParts,
  signal: AbortSignal,
): Promise<Inventory> {
  const hosts = await parts.hosts.readAll(signal);
  const rows = await listVms(parts, signal);
  const vms: Vm[] = [];
  const untilMs = parts.clock.monotonicMs() + readVmsMsMax;
  // Those that were never read come first, so that each inventory knows more than the one before.
  const unread = rows.filter(({ id }) => !parts.lastReads.has(id));
  const again = rows.filter(({ id }) => parts.lastReads.has(id));
  for (const row of [...unread, ...again]) {
    const last = parts.lastReads.get(row.id);
    const isLate = parts.clock.monotonicMs() > untilMs;
    const vm = isLate
      ? { ...(last ?? toVm(row, null, null)), ...row }
      : await readVm(parts, row, signal);
    if (!isLate) parts.lastReads.set(row.id, vm);
    vms.push(vm);
  }
  const there = new Set(rows.map(({ id }) => id));
  for (const id of parts.lastReads.keys()) if (!there.has(id)) parts.lastReads.delete(id);
  return { takenAt: parts.clock.now(), hosts, vms };
}

async function listVms({ desk, settings }: InventoryParts, signal: AbortSignal): Promise<VmRow[]> {
  const rows: VmRow[] = [];
  for (let page = 0; page < pagesMax; page += 1) {
    const args = { skip: rows.length, countMax: vmsPerPage };
    const { vms, more } = await desk.ask('vms.list', args, { signal });
    rows.push(...vms.map((vm) => ({ ...vm, id: toGuid(vm.id) ?? vm.id })));
    if (!more || vms.length === 0) break;
  }
  return rows.filter((row) => isAllowed(row.name, row.id, settings.vms));
}

async function readVm(parts: InventoryParts, row: VmRow, signal: AbortSignal): Promise<Vm> {
  const seen = await tryRead(parts, row, signal);
  const guest = await readGuest(parts, row, signal);
  return toVm(row, seen, guest);
}

function toVm(row: VmRow, seen: VmRead | null, guest: GuestRead | null): Vm {
  return {
    id: row.id,
    name: row.name,
    host: row.host,
    state: row.state,
    guestOs: guest?.osCaption ?? seen?.guestOs ?? null,
    vcpus: seen?.vcpus ?? 0,
    memoryMiB: seen?.memoryMiB ?? 0,
    processorCompatibility: seen?.processorCompatibility ?? null,
    integrationServices: seen?.integrationServices ?? null,
    guestFiles: guest?.files ?? [],
    disks: seen?.disks ?? [],
    tags: seen?.tags ?? [],
    load: null,
  };
}

/** Disks in use can be read on their owner only, so what cannot be read is left open. */
async function tryRead(
  { desk }: InventoryParts,
  { id, host }: Pick<VmRow, 'id' | 'host'>,
  signal: AbortSignal,
): Promise<VmRead | null> {
  if (host === null) return null;
  const tried = await desk.tryTo('vm.read', { vmId: id, host }, { signal });
  signal.throwIfAborted();
  return tried.kind === 'answer' ? tried.data : null;
}

/** What the guest says of itself; null when nobody may ask it or it does not answer. */
async function readGuest(
  { desk, settings }: InventoryParts,
  { id, name, host, state }: VmRow,
  signal: AbortSignal,
): Promise<GuestRead | null> {
  const { access } = settings.guest;
  if (access === 'none' || host === null || state !== 'running') return null;
  const args = { vmId: id, host, access, guestName: name };
  const tried = await desk.tryTo('guest.read', args, { signal });
  signal.throwIfAborted();
  return tried.kind === 'answer' ? tried.data : null;
}

/** The versions and settings that decide, of these hosts and this guest, as they are now. */
export async function readFingerprint(
  parts: InventoryParts,
  { vmId, hosts }: { vmId: string; hosts: readonly string[] },
  signal: AbortSignal,
): Promise<Fingerprint> {
  const row = await parts.locator.find(vmId, signal);
  const versions: Fingerprint['hosts'][number][] = [];
  for (const name of hosts) {
    const seen = await parts.hosts.read(name, signal);
    versions.push({ name, files: seen?.files ?? [], hotfixes: seen?.hotfixes ?? [] });
  }
  const vm = { id: vmId, name: row.name ?? vmId, host: row.host, state: row.state };
  const seen = await tryRead(parts, vm, signal);
  const guest = await readGuest(parts, vm, signal);
  return { hosts: versions, guestFiles: guest?.files ?? [], settings: settingsOf(seen, guest) };
}

function settingsOf(seen: VmRead | null, guest: GuestRead | null): Record<string, string> {
  const settings: Record<string, string> = {};
  if (seen !== null) {
    const scsi = seen.disks.filter((disk) => disk.controller === 'scsi');
    settings['scsiDisks'] = String(scsi.length);
    settings['scsiDisksDynamic'] = String(scsi.filter((disk) => disk.format === 'dynamic').length);
    settings['vcpus'] = String(seen.vcpus);
    if (seen.processorCompatibility !== null) {
      settings['processorCompatibility'] = String(seen.processorCompatibility);
    }
    if (seen.integrationServices !== null) {
      settings['integrationServices'] = seen.integrationServices;
    }
  }
  if (guest?.lastBootUtc) settings['guestBootedAt'] = guest.lastBootUtc;
  return settings;
}
