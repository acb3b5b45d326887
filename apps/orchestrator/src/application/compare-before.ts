import type { Inventory, Vm } from '@gauntlet/shared/domain/inventory';
import type { CampaignBefore, CampaignPlan, VmBefore } from './records.ts';

/** What is noted of a cluster before a campaign's first attempt. */
export function noteBefore(plan: CampaignPlan, { vms }: Inventory): CampaignBefore {
  const own = new Set(plan.arms.flatMap((arm) => arm.vms).map((vm) => vm.id));
  const outside = vms.filter((vm) => !own.has(vm.id) && vm.state === 'running');
  return {
    vms: vms.filter((vm) => own.has(vm.id)).map(toBefore),
    outside: outside.map(({ id, name }) => ({ id, name })),
  };
}

/**
 * What is not as it was, a sentence each.
 *
 * @param elsewhere VMs that another campaign moves now: where they stand is its business
 */
export function compareBefore(
  { vms }: Pick<CampaignBefore, 'vms'>,
  now: Inventory,
  elsewhere: ReadonlySet<string>,
): string[] {
  const byId = new Map(now.vms.map((vm) => [vm.id, vm]));
  return vms.flatMap((before) => {
    const vm = byId.get(before.id);
    if (vm === undefined) return [`VM ${before.name} is not there any more`];
    const after = toBefore(vm);
    return [...compareHost(before, vm, elsewhere), ...compareSettings(before, after)];
  });
}

function compareHost(before: VmBefore, vm: Vm, elsewhere: ReadonlySet<string>): string[] {
  if (vm.host === before.host) return [];
  const why = elsewhere.has(vm.id) ? '; another campaign moves it' : '';
  const state = vm.state === 'running' ? '' : `; it is ${vm.state}`;
  const [was, is] = [before.host ?? 'no host', vm.host ?? 'no host'];
  return [`VM ${before.name} is on ${is} and was on ${was}${state}${why}`];
}

function compareSettings(before: VmBefore, after: VmBefore): string[] {
  return Object.entries(before.settings).flatMap(([name, was]) => {
    const is = after.settings[name];
    return is === was ? [] : [`VM ${before.name}: ${name} is ${is ?? 'gone'} and was ${was}`];
  });
}

/** Settings a stress test or its repair could change; the load and the state are no settings. */
function toBefore(vm: Vm): VmBefore {
  const { id, name, host, processorCompatibility, vcpus, memoryMiB, disks } = vm;
  const kinds = disks.map((disk) => `${disk.controller}/${disk.format}/${disk.sizeMaxMiB}`);
  return {
    id,
    name,
    host,
    settings: {
      processorCompatibility: String(processorCompatibility),
      vcpus: String(vcpus),
      memoryMiB: String(memoryMiB),
      disks: kinds.sort().join(' '),
    },
  };
}
