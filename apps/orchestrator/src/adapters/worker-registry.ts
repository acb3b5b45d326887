import type { Heartbeat } from '@gauntlet/shared/contracts/worker-messages';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import { type Instant, toInstant } from '@gauntlet/shared/kernel/instant';
import type { KnownWorker, WorkerRegistry } from '../application/ports.ts';

export interface HeartbeatRegistry extends WorkerRegistry {
  /** @returns attempts seen running for the first time */
  onHeartbeat(heartbeat: Heartbeat): string[];
}

/** Workers send a heartbeat each second; five missed in a row, and queues may be slow. */
const silentMsMax = 6_000;
/** One that is silent for this long is no longer listed. */
const forgottenMs = 3_600_000;
const workersMax = 4_096;

interface Entry {
  readonly heartbeat: Heartbeat;
  readonly heardAt: Instant;
  readonly heardMs: number;
  readonly running: ReadonlySet<string>;
}

export function createWorkerRegistry(clock: Clock): HeartbeatRegistry {
  const entries = new Map<string, Entry>();
  const listeningSinceMs = clock.monotonicMs();
  const isFresh = (sinceMs: number) => clock.monotonicMs() - sinceMs <= silentMsMax;

  function forgetOld(): void {
    for (const [id, entry] of entries) {
      const old = clock.monotonicMs() - entry.heardMs > forgottenMs;
      if (old || entries.size > workersMax) entries.delete(id);
    }
  }

  return {
    onHeartbeat(heartbeat) {
      const before = entries.get(heartbeat.workerId)?.running;
      const running = new Set(heartbeat.running.map((one) => one.attemptId));
      const [heardAt, heardMs] = [clock.now(), clock.monotonicMs()];
      // Last heard of, last in the map: the oldest are forgotten first.
      entries.delete(heartbeat.workerId);
      entries.set(heartbeat.workerId, { heartbeat, heardAt, heardMs, running });
      forgetOld();
      return [...running].filter((id) => before?.has(id) !== true);
    },
    list: () =>
      [...entries.values()].map((entry) => ({
        ...toKnown(entry, isFresh(entry.heardMs)),
        silentMs: clock.monotonicMs() - entry.heardMs,
      })),
    listeningMs: () => clock.monotonicMs() - listeningSinceMs,
    phases: () =>
      new Map(
        [...entries.values()].flatMap(({ heartbeat }) =>
          heartbeat.running.map(({ attemptId, phase }) => [attemptId, phase] as const),
        ),
      ),
    isAlive: (workerId) => isFresh(entries.get(workerId)?.heardMs ?? listeningSinceMs),
  };
}

function toKnown({ heartbeat, heardAt }: Entry, alive: boolean): Omit<KnownWorker, 'silentMs'> {
  const { workerId, hostName, version, drivers, startedAt, running } = heartbeat;
  return {
    id: workerId,
    hostName,
    version,
    drivers,
    startedAt: toInstant(startedAt),
    lastHeartbeatAt: heardAt,
    alive,
    running: running.length,
  };
}
