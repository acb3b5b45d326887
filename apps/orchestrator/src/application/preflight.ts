import type { CampaignConfig, PreflightCheck } from '@gauntlet/shared/contracts/campaigns';
import type { Inventory } from '@gauntlet/shared/domain/inventory';
import { judgeMemory } from './one-host-less.ts';
import type { CampaignPlan } from './records.ts';
import { type Source, take } from './source.ts';

export interface PreflightSight {
  readonly config: CampaignConfig;
  readonly plan: CampaignPlan;
  readonly inventory: Inventory;
  readonly evidenceFreeMiB: Source<number>;
}

type Check = (sight: PreflightSight) => Omit<PreflightCheck, 'check'>;

const checks: Readonly<Record<PreflightCheck['check'], Check>> = {
  'hosts-up'({ config, plan, inventory }) {
    const down = plan.hosts.filter((host) => !upHosts(inventory).has(host));
    const limit = config.guards.hostsDownMax;
    const detail =
      down.length === 0 ? `all ${plan.hosts.length} hosts are up` : toDown(down, limit);
    return { ok: down.length <= limit, detail };
  },
  'majority-up'({ inventory }) {
    const [up, all] = [upHosts(inventory).size, inventory.hosts.length];
    // Two hosts have a witness: one of them is half, and goes on.
    return { ok: up * 2 > all || (all === 2 && up === 1), detail: `${up} of ${all} hosts are up` };
  },
  'one-host-less'({ config, plan, inventory }) {
    const up = plan.hosts.filter((host) => upHosts(inventory).has(host)).length;
    if (config.action === 'power-cycle') return { ok: true, detail: 'nothing is moved' };
    const count = `${up} hosts are up; one that fails leaves ${Math.max(0, up - 1)} for its VMs`;
    const memory = judgeMemory(inventory);
    const unknown = 'judged by their number, because the memory of hosts or VMs is not known';
    return {
      ok: up >= 2 && (memory?.ok ?? true),
      detail: `${count}; ${memory?.detail ?? unknown}`,
    };
  },
  'vms-healthy'({ config, plan, inventory }) {
    const planned = new Map(plan.arms.flatMap((arm) => arm.vms).map((vm) => [vm.id, vm.name]));
    const running = new Set(
      inventory.vms.filter((vm) => vm.state === 'running' && vm.host !== null).map((vm) => vm.id),
    );
    const ill = [...planned].flatMap(([id, name]) => (running.has(id) ? [] : [name]));
    const limit = Math.min(config.guards.unhealthyVmsMax, planned.size - 1);
    const list = `the ${planned.size} VMs of the campaign's list`;
    if (ill.length === 0) return { ok: true, detail: `${list} run` };
    const detail = `${ill.length} of ${list} do not run (limit ${limit}): ${ill.slice(0, 8).join(', ')}`;
    return { ok: ill.length <= limit, detail };
  },
  'evidence-space'({ config, evidenceFreeMiB }) {
    const [free, limit] = [take(evidenceFreeMiB), config.guards.evidenceFreeMiBMin];
    const detail = `${free} MiB are free where evidence is kept (at least ${limit} must be)`;
    return { ok: free >= limit, detail };
  },
};

/** Everything that must hold before the first attempt. A check that cannot be made has failed. */
export function preflight(sight: PreflightSight): PreflightCheck[] {
  return Object.entries(checks).map(([name, check]) => {
    const named = name as PreflightCheck['check'];
    try {
      return { check: named, ...check(sight) };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { check: named, ok: false, detail: `could not be checked: ${why}` };
    }
  });
}

function upHosts({ hosts }: Inventory): Set<string> {
  return new Set(hosts.filter((host) => host.state === 'up').map((host) => host.name));
}

function toDown(down: readonly string[], limit: number): string {
  return `${down.length} hosts are not up (limit ${limit}): ${down.slice(0, 8).join(', ')}`;
}
