import type { Host, Inventory, Vm } from '@gauntlet/shared/domain/inventory';

export interface OneHostLess {
  readonly ok: boolean;
  readonly detail: string;
}

/**
 * Whether the others could take the VMs of any one host, by memory. null where the memory of a host
 * that is up, or of a VM on one, is not known.
 */
export function judgeMemory({ hosts, vms }: Inventory): OneHostLess | null {
  const up = hosts.filter((host) => host.state === 'up');
  const rooms = new Map(up.map((host) => [host.name, freeOf(host, vms)]));
  const known = [...rooms.values()].every((free) => free !== null);
  const moved = vms.filter(({ host, state }) => state === 'running' && rooms.has(host ?? ''));
  if (!known || up.length === 0 || moved.some((vm) => vm.memoryMiB === 0)) return null;
  const tight = up.flatMap((host) => {
    const others = up.filter((other) => other !== host);
    const free = others.map((other) => rooms.get(other.name) ?? 0);
    const own = moved.filter((vm) => vm.host === host.name).map((vm) => vm.memoryMiB);
    return fits(own, free) ? [] : [sentenceOf(host.name, own, free)];
  });
  const detail = 'by memory, the others can take the VMs of any one host that fails';
  return tight.length === 0
    ? { ok: true, detail }
    : { ok: false, detail: tight.slice(0, 8).join('; ') };
}

/** By the host's own count, or by what its VMs leave of it. */
function freeOf({ name, memoryMiB, memoryFreeMiB }: Host, vms: readonly Vm[]): number | null {
  if (memoryFreeMiB != null) return memoryFreeMiB;
  if (memoryMiB == null) return null;
  const used = vms.filter(({ host, state }) => host === name && state !== 'off');
  return Math.max(0, memoryMiB - sumOf(used.map((vm) => vm.memoryMiB)));
}

/** Largest first, each where most is free: what finds no room so is refused, to be on the safe side. */
function fits(vmsMiB: readonly number[], freeMiB: readonly number[]): boolean {
  const left = [...freeMiB];
  for (const need of vmsMiB.toSorted((a, b) => b - a)) {
    const widest = left.indexOf(Math.max(...left));
    if (widest === -1 || (left[widest] ?? 0) < need) return false;
    left[widest] = (left[widest] ?? 0) - need;
  }
  return true;
}

function sentenceOf(host: string, vmsMiB: readonly number[], freeMiB: readonly number[]): string {
  const [need, free] = [sumOf(vmsMiB), sumOf(freeMiB)].map((sum) => Math.round(sum));
  const largest = Math.round(Math.max(...freeMiB, 0));
  return (
    `the ${vmsMiB.length} VMs of ${host} need ${need} MiB, and the others have ${free} MiB free, ` +
    `${largest} at most on one`
  );
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
