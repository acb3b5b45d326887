/**
 * What the engine remembers between its steps. Nothing here is needed after a restart: the tables
 * say what was planned, and the queue and the cluster say what became of it.
 */
export interface EngineState {
  /** Hosts that are up with their own caps, per cluster, as the newest inventory says. */
  readonly hostsUp: Map<string, ReadonlyMap<string, number | null>>;
  /** Clusters to look at before anything new is planned on them. */
  readonly mustLook: Set<string>;
  /** VMs on their way home at the end of a campaign: per campaign, with where they are. */
  readonly puttingBack: Map<string, readonly VmOnItsWay[]>;
  readonly putBackTries: Map<string, number>;
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
    mustLook: new Set(),
    puttingBack: new Map(),
    putBackTries: new Map(),
  };
}
