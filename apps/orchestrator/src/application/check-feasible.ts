import type { CampaignConfig, NewCampaign } from '@gauntlet/shared/contracts/campaigns';
import { AppError } from '@gauntlet/shared/contracts/errors';
import type { Inventory } from '@gauntlet/shared/domain/inventory';
import { type CheckedCampaign, checkCampaign, refuseFaults } from './check-campaign.ts';
import { checkWindows } from './check-windows.ts';
import { fillDefaults } from './fill-defaults.ts';
import type { Parts } from './parts.ts';
import { refreshInventory } from './refresh-inventory.ts';

export interface FeasibleCampaign extends CheckedCampaign {
  readonly config: CampaignConfig;
  readonly inventory: Inventory;
}

/**
 * Holds a wish against what the cluster has at this moment.
 *
 * @throws AppError `request.impossible` naming every reason, `cluster.silent`
 */
export async function checkFeasible(parts: Parts, asked: NewCampaign): Promise<FeasibleCampaign> {
  const cluster = await parts.stores.clusters.find(asked.clusterId);
  if (cluster === undefined) {
    const detail = `there is no cluster ${asked.clusterId}`;
    const details = { errors: [{ pointer: '/clusterId', detail }] };
    throw new AppError('request.impossible', detail, { details });
  }
  const config = fillDefaults(asked);
  const inventory = await refreshInventory(parts, cluster.id);
  const checked = checkCampaign(config, inventory);
  const faults = [...checked.faults, ...checkWindows(parts.calendar, config)];
  refuseFaults(`campaign ${config.name} cannot run on cluster ${cluster.name}`, faults);
  return { ...checked, config, inventory };
}
