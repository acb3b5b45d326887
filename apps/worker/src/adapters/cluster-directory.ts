import type { ClusterDefinition } from '@gauntlet/shared/contracts/cluster-definition';
import type { Coordination } from '@gauntlet/shared/contracts/coordination';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import { toReason, within } from '../application/limits.ts';
import type { DriverLog } from '../application/ports.ts';

const clustersMax = 1_024;
const readMsMax = 10_000;

/** A cluster this worker serves. */
export interface ServedCluster extends AsyncDisposable {
  readonly definition: ClusterDefinition;
  /** Takes over another revision of it; resolves at once, the driver follows when it is free. */
  update(definition: ClusterDefinition): void;
}

export interface ClusterDirectory extends AsyncDisposable {
  /** Reads the directory once and serves what it names. Never rejects. */
  refresh(): Promise<void>;
  served(): readonly ServedCluster[];
}

export interface DirectoryParts {
  readonly coordination: Pick<Coordination, 'readClusters'>;
  /** Names or ids this worker serves; null: all. */
  readonly only: readonly string[] | null;
  readonly serve: (definition: ClusterDefinition) => ServedCluster;
  readonly clock: Clock;
  readonly log: DriverLog;
}

/** Keeps what is served in step with the orchestrator's directory. */
export function createClusterDirectory({
  coordination,
  only,
  serve,
  clock,
  log,
}: DirectoryParts): ClusterDirectory {
  const clusters = new Map<string, ServedCluster>();
  const leaving = new Set<Promise<void>>();
  let reading: Promise<void> | undefined;
  const readAll = createReader({ coordination, clock, log });
  let isClosed = false;

  async function read(): Promise<void> {
    const definitions = await readAll();
    if (definitions === undefined || isClosed) return;
    const wanted = new Map(definitions.filter(isOurs).map((given) => [given.id, given]));
    for (const [id, cluster] of clusters) {
      if (wanted.has(id)) continue;
      clusters.delete(id);
      log.info({ clusterId: id, cluster: cluster.definition.name }, 'cluster is no longer served');
      leave(cluster);
    }
    for (const definition of wanted.values()) take(definition);
  }

  function take(definition: ClusterDefinition): void {
    const cluster = clusters.get(definition.id);
    const { id, name, driver, revision } = definition;
    if (cluster === undefined) {
      if (clusters.size >= clustersMax) return;
      log.info({ clusterId: id, cluster: name, driver, revision }, 'cluster is served');
      clusters.set(id, serve(definition));
    } else if (revision > cluster.definition.revision) {
      log.info({ clusterId: id, cluster: name, revision }, 'cluster has changed');
      cluster.update(definition);
    }
  }

  function leave(cluster: ServedCluster): void {
    const left = closeQuietly(cluster, log).finally(() => leaving.delete(left));
    leaving.add(left);
  }

  function isOurs({ id, name }: ClusterDefinition): boolean {
    return only === null || only.includes(name) || only.includes(id);
  }

  return {
    refresh() {
      reading ??= read().finally(() => {
        reading = undefined;
      });
      return reading;
    },
    served: () => [...clusters.values()],
    async [Symbol.asyncDispose]() {
      isClosed = true;
      await reading;
      for (const cluster of clusters.values()) leave(cluster);
      clusters.clear();
      await Promise.all(leaving);
    },
  };
}

async function closeQuietly(cluster: ServedCluster, log: DriverLog): Promise<void> {
  try {
    await cluster[Symbol.asyncDispose]();
  } catch (err) {
    log.warn({ err }, 'cluster could not be closed');
  }
}

/** Says once that the directory cannot be read, and once that it can again. */
function createReader({
  coordination,
  clock,
  log,
}: Pick<DirectoryParts, 'coordination' | 'clock' | 'log'>) {
  let isLost = false;
  return async (): Promise<readonly ClusterDefinition[] | undefined> => {
    const limit = { clock, signal: new AbortController().signal, ms: readMsMax, abortMs: 1 };
    const read = await within(limit, () => coordination.readClusters());
    if (read.kind === 'done') {
      if (isLost) log.info({}, 'cluster directory is back');
      isLost = false;
      return read.value;
    }
    if (!isLost) log.error({ reason: toReason('read', read) }, 'cluster directory cannot be read');
    isLost = true;
    return undefined;
  };
}
