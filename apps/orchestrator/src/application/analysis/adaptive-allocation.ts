import {
  allocationBlockSize,
  allocationShares,
  chooseConfiguration,
} from '@gauntlet/statistics/thompson';
import type { Stores } from '../ports.ts';
import type { CampaignRecord } from '../records.ts';
import type { CellRecord } from './ports.ts';

/** Which VM of the only arm gets an attempt, and with which probability it was drawn. */
export type AllocateVm = (ordinal: number) => { readonly index: number; readonly share: number };

/**
 * The draws for the ordinals in [from, to), each from the shares of its block of 100. A block's
 * shares are settled when its first attempt is planned, from what was settled by then, and stored:
 * later findings do not change a propensity that was used. Null when VMs are used evenly.
 */
export async function allocateAdaptively(
  stores: Stores,
  campaign: CampaignRecord,
  { from, to }: { from: number; to: number },
): Promise<AllocateVm | null> {
  if (campaign.config.placement.allocation !== 'thompson') return null;
  const range = {
    from: Math.floor(from / allocationBlockSize),
    to: Math.floor(Math.max(from, to - 1) / allocationBlockSize),
  };
  const known = await stores.analysis.readShares(campaign.id, range);
  for (let block = range.from; block <= range.to; block += 1) {
    if (known.has(block)) continue;
    const shares = await drawShares(stores, campaign, block);
    await stores.analysis.saveShares(campaign.id, block, shares);
    known.set(block, shares);
  }
  return (ordinal) => {
    const shares = known.get(Math.floor(ordinal / allocationBlockSize)) ?? [1];
    const index = chooseConfiguration(campaign.config.seed, ordinal, shares);
    return { index, share: shares[index] ?? 1 };
  };
}

async function drawShares(
  stores: Stores,
  campaign: CampaignRecord,
  block: number,
): Promise<readonly number[]> {
  const cells = Map.groupBy(await stores.analysis.readCells(campaign.id), ({ vmId }) => vmId);
  const found = await stores.analysis.countFindingsByVm(campaign.id);
  const vms = campaign.plan.arms[0]?.vms ?? [];
  return allocationShares({
    seed: campaign.config.seed,
    block,
    configurations: vms.map(({ id }) => {
      const own = cells.get(id) ?? [];
      const n = own.reduce((total, cell) => total + cell.exposures, 0);
      return { k: Math.min(n, found.get(id) ?? 0), n, meanSeconds: meanSecondsOf(own, n) };
    }),
  });
}

const secondsMin = 0.001;

/** Before the first exposure every VM costs the same. */
function meanSecondsOf(cells: readonly CellRecord[], n: number): number {
  const busyMs = cells.reduce((total, cell) => total + cell.busyMs, 0);
  return n === 0 ? 1 : Math.max(secondsMin, busyMs / n / 1000);
}
