import type { ControlReply } from '@gauntlet/shared/contracts/worker-messages';
import { compareBefore } from './compare-before.ts';
import { demandLook, forgetCampaign, type VmOnItsWay } from './engine-state.ts';
import type { Parts } from './parts.ts';
import { concludeCampaign } from './plan-cluster.ts';
import type { CampaignRecord } from './records.ts';
import { refreshInventory } from './refresh-inventory.ts';

/** Migrations back home go one after the other, and each may take minutes. */
const putBackMsMax = 30 * 60_000;
const triesMax = 3;
const differencesMax = 1_000;

/**
 * Sends the campaign's VMs home and then ends it. Returns at once: the answer may take minutes, and
 * the cluster's other campaigns go on meanwhile. What could not be restored is told in an event; a
 * cluster that does not answer three times is told as well, and ends the campaign all the same.
 */
export function putBack(parts: Parts, campaign: CampaignRecord, vms: readonly VmOnItsWay[]): void {
  if (parts.state.puttingBack.has(campaign.id)) return;
  parts.state.puttingBack.set(campaign.id, vms);
  void finishPutBack(parts, campaign, vms)
    .catch((err: unknown) => {
      parts.log.warn({ err, campaignId: campaign.id }, 'putting back failed: trying again');
    })
    .finally(() => {
      parts.state.puttingBack.delete(campaign.id);
      forgetCampaign(parts.state, campaign.id);
      demandLook(parts.state, campaign.clusterId);
      parts.notices.clusterHasRoom(campaign.clusterId);
    });
}

async function finishPutBack(
  parts: Parts,
  campaign: CampaignRecord,
  vms: readonly VmOnItsWay[],
): Promise<void> {
  const tries = (parts.state.putBackTries.get(campaign.id) ?? 0) + 1;
  parts.state.putBackTries.set(campaign.id, tries);
  const differences = await restore(parts, campaign, vms).catch((error: unknown) => {
    if (tries < triesMax) throw error;
    return [`how the VMs stand could not be restored or read: ${String(error)}`];
  });
  const at = parts.clock.now();
  await parts.transact(async (stores) => {
    await stores.clusters.lock(campaign.clusterId);
    const now = await stores.campaigns.find(campaign.id);
    if (now?.state !== 'stopping') return;
    const putBack = { vms: vms.length, differences };
    await stores.campaigns.update(now.id, {
      safety: { ...now.safety, putBack: { ...putBack, at } },
    });
    await stores.events.append(campaign.id, { kind: 'state', at, data: { putBack } });
    await concludeCampaign(stores, now, at);
  });
  parts.state.putBackTries.delete(campaign.id);
  parts.notices.campaignChanged(campaign.id);
}

/** Sends them home and then looks: what counts is how the cluster is, not what the driver says. */
async function restore(
  parts: Parts,
  campaign: CampaignRecord,
  vms: readonly VmOnItsWay[],
): Promise<string[]> {
  const told = vms.length === 0 ? [] : await askToRestore(parts, campaign, vms);
  const before = await parts.stores.campaigns.readBefore(campaign.id);
  if (before === undefined) return [...told];
  const inventory = await refreshInventory(parts, campaign.clusterId);
  const active = await parts.stores.campaigns.listActive(campaign.clusterId);
  const others = active.filter((one) => one.id !== campaign.id && one.state !== 'stopping');
  const elsewhere = new Set(
    others.flatMap(({ plan }) => plan.arms.flatMap((arm) => arm.vms)).map((vm) => vm.id),
  );
  return [...told, ...compareBefore(before, inventory, elsewhere)].slice(0, differencesMax);
}

async function askToRestore(
  { control, ids }: Parts,
  { clusterId }: CampaignRecord,
  vms: readonly VmOnItsWay[],
): Promise<readonly string[]> {
  const placements = vms.map(({ vmId, target }) => ({ vmId, host: target }));
  const request = { v: 1, requestId: ids.next(), clusterId, op: 'put-back', placements } as const;
  const reply: ControlReply = await control.ask(request, putBackMsMax);
  if (!reply.ok) throw new Error(reply.error ?? 'the worker could not put the VMs back');
  return reply.differences ?? [];
}
