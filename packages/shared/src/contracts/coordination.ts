import type { ClusterDefinition } from './cluster-definition.ts';

/**
 * The little that orchestrator and workers share beside the queues, on the same backend as they:
 * which clusters there are, and the lease without which no attempt may start. A worker asks for the
 * lease right before each start, so a stop, a dead orchestrator, a busy one and a lost backend all
 * end the starting of attempts within the lease's length.
 */
export interface Coordination extends AsyncDisposable {
  /** Replaces the whole directory (at most a few hundred clusters). */
  publishClusters(clusters: readonly ClusterDefinition[]): Promise<void>;
  readClusters(): Promise<readonly ClusterDefinition[]>;
  /** Allows starts on these clusters for `ttlMs` from now, by the backend's own clock. */
  renewLeases(clusterIds: readonly string[], ttlMs: number): Promise<void>;
  /** Ends the permission at once. */
  revokeLeases(clusterIds: readonly string[]): Promise<void>;
  /** True while the lease is valid; rejects when the backend cannot be asked (treat as false). */
  holdsLease(clusterId: string): Promise<boolean>;
}
