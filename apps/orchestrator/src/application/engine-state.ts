import type { Instant } from '@gauntlet/shared/kernel/instant';
import type { WindowForecast } from './open-windows.ts';
import type { CampaignBefore } from './records.ts';
import type { Watch } from './watch.ts';

/**
 * What the engine remembers between its steps. Nothing here is needed after a restart: the tables
 * say what was planned, and the queue and the cluster say what became of it.
 */
export interface EngineState {
  /** Hosts that are up with their own caps, per cluster, as the newest inventory says. */
  readonly hostsUp: Map<string, ReadonlyMap<string, number | null>>;
  /**
   * Clusters to look at before anything new is planned on them, with how often that was asked: an
   * answer that was on its way when it was asked again does not count.
   */
  readonly mustLook: Map<string, number>;
  /** When (monotonic ms) a cluster got its present revision, for those changed lately. */
  readonly revisedMs: Map<string, number>;
  /** Attempts that are stored and on their way to the queue in this process. */
  readonly enqueuing: Set<string>;
  /**
   * Attempts that are on the queue and still `planned` in the table, per cluster, with the time
   * they were queued: noted with the next transaction, because one of its own would cost a commit.
   */
  readonly queued: Map<string, Map<string, Instant>>;
  /** VMs on their way home at the end of a campaign: per campaign, with where they are. */
  readonly puttingBack: Map<string, readonly VmOnItsWay[]>;
  readonly putBackTries: Map<string, number>;
  /** Per campaign with windows, when they open. */
  readonly windows: Map<string, WindowForecast>;
  /** Per campaign that has ended its night, from when and until when it waits. */
  readonly closedUntil: Map<string, { readonly from: Instant; readonly until: Instant }>;
  /** What the guards were told last, per cluster, and when (monotonic ms). */
  readonly watched: Map<string, Watch>;
  /** When (monotonic ms) each cluster's inventory was last read. */
  readonly lookedMs: Map<string, number>;
  /** VMs of other people that ran before, per campaign. */
  readonly outsiders: Map<string, CampaignBefore['outside']>;
}

export interface VmOnItsWay {
  readonly clusterId: string;
  readonly vmId: string;
  readonly source: string;
  readonly target: string;
}

export function createEngineState(): EngineState {
  return {
    hostsUp: new Map(),
    mustLook: new Map(),
    revisedMs: new Map(),
    enqueuing: new Set(),
    queued: new Map(),
    puttingBack: new Map(),
    putBackTries: new Map(),
    windows: new Map(),
    closedUntil: new Map(),
    watched: new Map(),
    lookedMs: new Map(),
    outsiders: new Map(),
  };
}

export function noteQueued(
  state: EngineState,
  clusterId: string,
  { ids, at }: { ids: readonly string[]; at: Instant },
): void {
  const noted = state.queued.get(clusterId) ?? new Map<string, Instant>();
  for (const id of ids) noted.set(id, at);
  state.queued.set(clusterId, noted);
}

/** What was noted is in the table by now. */
export function forgetQueued(state: EngineState, clusterId: string, ids: Iterable<string>): void {
  const noted = state.queued.get(clusterId);
  for (const id of ids) noted?.delete(id);
}

/** What was kept of a campaign only while it could still run. */
export function forgetCampaign(state: EngineState, campaignId: string): void {
  state.windows.delete(campaignId);
  state.closedUntil.delete(campaignId);
  state.outsiders.delete(campaignId);
}

/** Nothing is planned on the cluster until its inventory was read anew. */
export function demandLook({ mustLook }: EngineState, clusterId: string): void {
  mustLook.set(clusterId, (mustLook.get(clusterId) ?? 0) + 1);
}
