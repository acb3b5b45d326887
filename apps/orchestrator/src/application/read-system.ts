import type { ReadyView, SystemView } from '@gauntlet/shared/contracts/system';
import { type Instant, toIso } from '@gauntlet/shared/kernel/instant';
import type { Parts } from './parts.ts';

export interface SystemFacts {
  readonly version: string;
  readonly startedAt: Instant;
  readonly backends: { readonly records: string; readonly queue: string };
  /** What the loops know to be broken, a sentence each. */
  readonly troubles: () => readonly string[];
}

/** Never waits for a lost queue for long, and never fails because of one. */
export async function readSystem(parts: Parts, facts: SystemFacts): Promise<SystemView> {
  const [depth, inFlight] = await Promise.all([
    queueDepth(parts).catch(() => null),
    parts.stores.attempts.countAllInFlight(),
  ]);
  return {
    version: facts.version,
    startedAt: toIso(facts.startedAt),
    backends: facts.backends,
    workers: parts.workers.list().map((worker) => ({
      ...worker,
      drivers: [...worker.drivers],
      startedAt: toIso(worker.startedAt),
      lastHeartbeatAt: toIso(worker.lastHeartbeatAt),
    })),
    queueDepth: depth,
    inFlight,
  };
}

export async function queueDepth({ queue, stores }: Parts): Promise<number> {
  return queue.depth(await stores.campaigns.listActiveClusterIds());
}

export async function readReadiness(parts: Parts, facts: SystemFacts): Promise<ReadyView> {
  const notReady = [...facts.troubles()];
  try {
    await parts.stores.campaigns.listActiveClusterIds();
  } catch {
    notReady.push('the database does not answer');
  }
  return { ready: notReady.length === 0, notReady };
}
