import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { QemuProcess } from './process/qemu-process.ts';

/** A process that waits for a migration, and the socket it will listen on. */
export interface Destination {
  readonly process: QemuProcess;
  /** Relative to the run folder. */
  readonly socket: string;
}

/** Starts one destination; ends it by itself when the signal aborts before it is ready. */
export type LaunchDestination = (signal: AbortSignal) => Promise<Destination>;

/**
 * Destinations started ahead of the migrations they are for. Starting QEMU takes about 70 ms of a
 * processor: done while the last attempt is settled, the next one does not wait for it.
 */
export interface SpareDestinations extends AsyncDisposable {
  /** Starts one for this VM unless there is one; when there are too many, the oldest one ends. */
  prepare(vmId: string, launch: LaunchDestination): void;
  /** The VM's spare, once it is ready; null when there is none or it did not live. */
  take(vmId: string): Promise<Destination | null>;
  /** Ends the VM's spare: what it was started for is gone. Resolves when it has ended. */
  drop(vmId: string): Promise<void>;
  /** To be called now and then: ends those nobody came for. */
  tend(): void;
}

interface Spare {
  readonly preparedAtMs: number;
  readonly starting: Promise<Destination | null>;
  readonly stop: () => void;
}

/** A campaign that moves this VM comes back sooner, or not at all. */
const unusedMsMax = 30_000;

/** @param countMax spares of all VMs together; 0: none are made */
export function createSpareDestinations(countMax: number, clock: Clock): SpareDestinations {
  const spares = new Map<string, Spare>(); // oldest first
  const ending = new Set<Promise<void>>();

  function drop(vmId: string): Promise<void> {
    const spare = spares.get(vmId);
    if (spare === undefined) return Promise.resolve();
    spares.delete(vmId);
    spare.stop();
    const gone = spare.starting
      .then((destination) => destination?.process.kill())
      .finally(() => ending.delete(gone));
    ending.add(gone);
    return gone;
  }

  function makeRoom(): void {
    for (const vmId of spares.keys()) {
      if (spares.size < countMax) return;
      void drop(vmId);
    }
  }

  return {
    drop,
    prepare(vmId, launch) {
      if (countMax === 0 || spares.has(vmId)) return;
      makeRoom();
      const stopping = new AbortController();
      spares.set(vmId, {
        preparedAtMs: clock.monotonicMs(),
        // Why it did not start, the next migration will find out and say.
        starting: launch(stopping.signal).catch(() => null),
        stop: () => stopping.abort(),
      });
    },
    async take(vmId) {
      const spare = spares.get(vmId);
      if (spare === undefined) return null;
      spares.delete(vmId);
      const destination = await spare.starting;
      return destination?.process.exit === null ? destination : null;
    },
    tend() {
      const nowMs = clock.monotonicMs();
      for (const [vmId, { preparedAtMs }] of spares) {
        if (nowMs - preparedAtMs > unusedMsMax) void drop(vmId);
      }
    },
    async [Symbol.asyncDispose]() {
      for (const vmId of spares.keys()) void drop(vmId);
      await Promise.all(ending);
    },
  };
}
