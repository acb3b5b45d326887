import type { Fault } from '@gauntlet/shared/contracts/parse';
import type { Inventory, Vm } from '@gauntlet/shared/domain/inventory';
import { traitsOf } from './analysis/vm-traits.ts';
import type { PlannedVm } from './records.ts';

export interface VmSelection {
  readonly names: readonly string[];
  readonly tags: readonly string[];
}

export interface SelectedVms {
  readonly vms: readonly PlannedVm[];
  readonly faults: readonly Fault[];
  readonly warnings: readonly string[];
}

/**
 * The VMs an arm asks for, in the order of the inventory. A VM asked for by name must run; one that
 * only a tag or "all" brought in is left out with a warning when it does not.
 */
export function selectVms(
  selection: VmSelection,
  inventory: Inventory,
  pointer: string,
): SelectedVms {
  const named = selectByName(selection.names, inventory, pointer);
  const tagged = selectByTag(selection.tags, inventory, pointer);
  const everything = selection.names.length === 0 && selection.tags.length === 0;
  const wanted = inventory.vms.filter(
    (vm) =>
      everything || named.ids.has(vm.id) || vm.tags.some((tag) => selection.tags.includes(tag)),
  );
  const still = wanted.filter((vm) => !runs(vm));
  const vms = wanted.filter(runs).map(toPlanned);
  const asked = still.filter((vm) => named.ids.has(vm.id));
  const left = still.filter((vm) => !named.ids.has(vm.id));
  const faults = [...named.faults, ...tagged, ...asked.map((vm) => notRunning(vm, pointer))];
  if (vms.length === 0 && faults.length === 0)
    faults.push({ pointer, detail: 'no VM of the cluster that is asked for runs' });
  return {
    vms,
    faults,
    warnings: left.map((vm) => `VM ${vm.name} is left out: it is ${vm.state}`),
  };
}

function toPlanned(vm: Vm): PlannedVm {
  return { id: vm.id, name: vm.name, home: vm.host ?? '', traits: traitsOf(vm) };
}

function runs(vm: Vm): boolean {
  return vm.state === 'running' && vm.host !== null;
}

function notRunning(vm: Vm, pointer: string): Fault {
  const where = vm.host === null ? ' and on no known host' : '';
  return { pointer, detail: `VM ${vm.name} is ${vm.state}${where}; start it first` };
}

/** A name that several VMs carry says nothing; their ids do, and are taken as names too. */
function selectByName(names: readonly string[], { vms }: Inventory, pointer: string) {
  const ids = new Set<string>();
  const faults: Fault[] = [];
  const byName = Map.groupBy(vms, (vm) => vm.name);
  const byId = new Set(vms.map((vm) => vm.id));
  for (const [index, name] of names.entries()) {
    const matching = byName.get(name) ?? [];
    const [only] = matching;
    if (byId.has(name)) ids.add(name);
    else if (only !== undefined && matching.length === 1) ids.add(only.id);
    else {
      const detail =
        only === undefined
          ? `the cluster has no VM ${name}`
          : `${matching.length} VMs are called ${name}; name them by id`;
      faults.push({ pointer: `${pointer}/names/${index}`, detail });
    }
  }
  return { ids, faults };
}

function selectByTag(tags: readonly string[], { vms }: Inventory, pointer: string): Fault[] {
  const known = new Set(vms.flatMap((vm) => vm.tags));
  return tags.flatMap((tag, index) =>
    known.has(tag)
      ? []
      : [{ pointer: `${pointer}/tags/${index}`, detail: `no VM carries the tag ${tag}` }],
  );
}
