import type { CampaignConfig } from '@gauntlet/shared/contracts/campaigns';
import { AppError } from '@gauntlet/shared/contracts/errors';
import type { Fault } from '@gauntlet/shared/contracts/parse';
import type { Host, Inventory } from '@gauntlet/shared/domain/inventory';
import { canonicalJson } from './canonical-json.ts';
import type { CampaignPlan, PlannedVm } from './records.ts';
import { selectVms } from './select-vms.ts';

export interface CheckedCampaign {
  readonly plan: CampaignPlan;
  /** Why it cannot run on this inventory, every reason; empty when it can. */
  readonly faults: readonly Fault[];
  readonly warnings: readonly string[];
}

/** Freezes the VMs and hosts of a campaign, and says everything that stands in its way. */
export function checkCampaign(config: CampaignConfig, inventory: Inventory): CheckedCampaign {
  const warnings: string[] = [];
  const hosts = selectHosts(config, inventory);
  const arms = config.arms.map((arm, index) => {
    const selected = selectVms(arm.vms, inventory, `/arms/${index}/vms`);
    warnings.push(...selected.warnings);
    return { name: arm.name, vms: selected.vms, faults: selected.faults };
  });
  const plan = { arms: arms.map(({ name, vms }) => ({ name, vms })), hosts: hosts.names };
  return {
    plan,
    faults: [
      ...checkStopRules(config),
      ...checkVerdictRule(config),
      ...checkControls(config),
      ...checkAllocation(config),
      ...checkArmNames(config),
      ...checkProbabilities(config),
      ...hosts.faults,
      ...arms.flatMap((arm) => arm.faults),
      ...checkOverlaps(config, plan),
      ...checkTargets(config, plan, inventory),
    ],
    warnings: [...warnings, ...hosts.warnings],
  };
}

/** @throws AppError `request.impossible` naming every fault */
export function refuseFaults(what: string, faults: readonly Fault[]): void {
  if (faults.length === 0) return;
  const reasons = faults.map((fault) => fault.detail).join('; ');
  throw new AppError('request.impossible', `${what}: ${reasons}`, { details: { errors: faults } });
}

function checkStopRules({ stop }: CampaignConfig): Fault[] {
  if (Object.values(stop).some((rule) => rule !== null)) return [];
  const detail = `a campaign needs a stop rule: one of ${Object.keys(stop).join(', ')}`;
  return [{ pointer: '/stop', detail }];
}

/** A verdict that nothing can bring about would let a campaign run for ever. */
function checkVerdictRule({ stop, arms }: CampaignConfig): Fault[] {
  const rule = stop.verdict;
  if (rule === null) return [];
  if (rule.serialPlanId !== null && arms.length > 1) {
    const detail = 'a serial plan is executed by a campaign of one arm, the candidate';
    return [{ pointer: '/stop/verdict/serialPlanId', detail }];
  }
  if (rule.counts === 'any-finding' && (rule.bucketId !== null || rule.serialPlanId !== null)) {
    const detail = 'any-finding counts every signature: it goes with no bucket and no serial plan';
    return [{ pointer: '/stop/verdict/counts', detail }];
  }
  if (arms.length > 1 || rule.serialPlanId !== null || rule.futilityRate !== null) return [];
  const detail = 'a verdict needs a second arm, a serial plan, or a futilityRate to give up at';
  return [{ pointer: '/stop/verdict', detail }];
}

/** They run when the campaign is ordered, and that may be at noon. */
function checkControls({ controls, windows }: CampaignConfig): Fault[] {
  if (controls !== 'at-start' || windows === null) return [];
  const detail = 'controls crash a guest when the campaign is ordered, outside its windows too';
  return [{ pointer: '/controls', detail }];
}

/** Shares that follow the findings would change the mix of VMs in each arm differently. */
function checkAllocation({ placement, arms }: CampaignConfig): Fault[] {
  if (placement.allocation !== 'thompson' || arms.length === 1) return [];
  const detail = 'adaptive allocation is for the hunt with one arm; compare with even allocation';
  return [{ pointer: '/placement/allocation', detail }];
}

function checkArmNames({ arms }: CampaignConfig): Fault[] {
  const seen = new Set<string>();
  return arms.flatMap(({ name }, index) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    return [{ pointer: `/arms/${index}/name`, detail: `two arms are called ${name}` }];
  });
}

function checkProbabilities({ arms }: CampaignConfig): Fault[] {
  const sum = arms.reduce((total, arm) => total + arm.probability, 0);
  const positive = arms.every((arm) => arm.probability > 0);
  if (positive && Math.abs(sum - 1) <= 1e-9) return [];
  const said = positive ? `sum to ${sum}` : 'leave nothing for an arm without one';
  const detail = `the probabilities of the arms ${said}; they must sum to 1, each above 0`;
  return [{ pointer: '/arms', detail }];
}

interface SelectedHosts {
  readonly names: readonly string[];
  readonly faults: readonly Fault[];
  readonly warnings: readonly string[];
}

function selectHosts({ placement }: CampaignConfig, { hosts }: Inventory): SelectedHosts {
  const asked = placement.hosts;
  const byName = new Map(hosts.map((host) => [host.name, host]));
  const faults = (asked ?? []).flatMap((name, index) =>
    byName.has(name)
      ? []
      : [{ pointer: `/placement/hosts/${index}`, detail: `the cluster has no host ${name}` }],
  );
  const used = asked === null ? hosts : hosts.filter((host) => asked.includes(host.name));
  const down = used.filter((host) => host.state !== 'up');
  return {
    names: used.map((host) => host.name),
    faults,
    warnings: down.map((host) => `host ${host.name} is ${host.state}: no migration goes there`),
  };
}

/** One VM in two arms is one treatment under two names, unless its fingerprint tells them apart. */
function checkOverlaps({ arms }: CampaignConfig, plan: CampaignPlan): Fault[] {
  const owner = new Map<string, number>();
  const faults: Fault[] = [];
  for (const [index, arm] of plan.arms.entries()) {
    for (const vm of arm.vms) {
      const first = owner.get(vm.id);
      if (first === undefined) owner.set(vm.id, index);
      else if (sameFingerprint(arms[first], arms[index])) {
        const names = `${arms[first]?.name ?? ''} and ${arm.name}`;
        const detail = `VM ${vm.name} is in the arms ${names}, whose fingerprints do not differ`;
        faults.push({ pointer: `/arms/${index}/vms`, detail });
      }
    }
  }
  return faults;
}

type Arm = CampaignConfig['arms'][number] | undefined;

function sameFingerprint(a: Arm, b: Arm): boolean {
  return canonicalJson(a?.fingerprint ?? null) === canonicalJson(b?.fingerprint ?? null);
}

function checkTargets(config: CampaignConfig, plan: CampaignPlan, inventory: Inventory): Fault[] {
  if (config.action === 'power-cycle') return [];
  const usable = inventory.hosts.filter((host) => plan.hosts.includes(host.name) && canTake(host));
  return plan.arms.flatMap((arm, index) =>
    arm.vms.flatMap((vm) => {
      const detail = whyImmovable(vm, usable);
      return detail === null ? [] : [{ pointer: `/arms/${index}/vms`, detail }];
    }),
  );
}

function canTake(host: Host): boolean {
  return host.state === 'up' && host.migrationsMax !== 0;
}

function whyImmovable(vm: PlannedVm, usable: readonly Host[]): string | null {
  const reachable = new Set([vm.home, ...usable.map((host) => host.name)]).size;
  if (reachable >= 2 && usable.some((host) => host.name !== vm.home)) return null;
  return `VM ${vm.name} has one host; a migration needs two that are up and allow migrations`;
}
