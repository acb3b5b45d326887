import type { LaneAttempt, LanesView } from '@gauntlet/shared/contracts/lanes';
import type { AttemptPhase } from '@gauntlet/shared/domain/bugcheck';
import { isActive } from '@gauntlet/shared/domain/campaign';
import { addMs, type Instant, toIso } from '@gauntlet/shared/kernel/instant';
import { findCluster } from './find-cluster.ts';
import type { Parts } from './parts.ts';
import type { StoredAttempt } from './ports.ts';
import type { CampaignRecord } from './records.ts';

const spanMs = 5 * 60_000;
const recentMax = 300;
const marksMax = 50;

/** @throws AppError `resource.unknown` */
export async function readLanes(parts: Parts, clusterId: string): Promise<LanesView> {
  const { stores, clock, workers } = parts;
  const cluster = await findCluster(parts, clusterId);
  const at = clock.now();
  const since = addMs(at, -spanMs);
  const [inventory, campaigns, inFlight, recent] = await Promise.all([
    stores.clusters.readInventory(clusterId),
    stores.lanes.listCampaignsSince(clusterId, since),
    stores.lanes.listInFlight(clusterId),
    stores.lanes.listSettledSince(clusterId, since, recentMax),
  ]);
  const ids = campaigns.map((campaign) => campaign.id);
  const marks = await stores.lanes.listMarksSince(ids, since, marksMax);
  const present = presenter(campaigns, workers.phases());
  return {
    takenAt: toIso(at),
    stoppedAt: isoOrNull(cluster.stoppedAt),
    hosts: (inventory?.hosts ?? []).map(({ name, state, migrationsMax }) => ({
      name,
      state,
      migrationsMax,
      vms: (inventory?.vms ?? []).filter((vm) => vm.host === name).length,
    })),
    caps: tightestCaps(campaigns),
    inFlight: inFlight.map(present),
    recent: recent.map(present),
    marks: marks.map((mark) => ({
      at: toIso(mark.at),
      kind: mark.kind,
      campaignId: mark.campaignId,
      text: textOf(mark.kind, mark.data),
    })),
  };
}

function presenter(
  campaigns: readonly CampaignRecord[],
  phases: ReadonlyMap<string, AttemptPhase>,
): (attempt: StoredAttempt) => LaneAttempt {
  const armsOf = new Map(campaigns.map(({ id, config }) => [id, config.arms]));
  return (attempt) => ({
    attemptId: attempt.id,
    campaignId: attempt.campaignId,
    ordinal: attempt.ordinal,
    arm: armsOf.get(attempt.campaignId)?.[attempt.arm]?.name ?? String(attempt.arm),
    vm: attempt.vmName,
    source: attempt.source,
    target: attempt.target,
    state: attempt.state,
    phase: phases.get(attempt.id) ?? null,
    outcome: attempt.outcome,
    queuedAt: isoOrNull(attempt.queuedAt),
    startedAt: isoOrNull(attempt.startedAt),
    settledAt: isoOrNull(attempt.settledAt),
    copyMs: attempt.phases.copyMs,
    blackoutMs: attempt.phases.blackoutMs,
    settleMs: attempt.phases.settleMs,
  });
}

function tightestCaps(campaigns: readonly CampaignRecord[]): LanesView['caps'] {
  const limits = campaigns
    .filter(({ state }) => isActive(state))
    .map(({ config }) => config.limits);
  if (limits.length === 0) return null;
  const least = (pick: (limit: (typeof limits)[number]) => number) => Math.min(...limits.map(pick));
  return {
    concurrency: least((limit) => limit.concurrency),
    outboundPerHost: least((limit) => limit.outboundPerHost),
    inboundPerHost: least((limit) => limit.inboundPerHost),
  };
}

function textOf(kind: 'guard' | 'state', data: Readonly<Record<string, unknown>>): string {
  const say = (name: string): string => (typeof data[name] === 'string' ? data[name] : '');
  // A change of state without a state is the report of what was put back at the end.
  const state = say('state') === '' ? 'VMs put back' : say('state');
  const what = kind === 'guard' ? `guard ${say('guard')}` : state;
  return say('because') === '' ? what : `${what}: ${say('because')}`;
}

function isoOrNull(at: Instant | null): string | null {
  return at === null ? null : toIso(at);
}
