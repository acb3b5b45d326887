import type { Clock } from '@gauntlet/shared/kernel/clock';
import { toInstant } from '@gauntlet/shared/kernel/instant';
import { createCluster, type SimulatedCluster } from '../cluster.ts';
import type { MigrationEnd } from '../migrate.ts';
import {
  type ClusterOptions,
  defaultDefects,
  defaultTiming,
  type HostOptions,
  hostDefaults,
  noFaults,
  type VmOptions,
  vmDefaults,
} from '../options.ts';
import { createScaledClock } from '../scaled-clock.ts';

export function aHost(name: string, more: Partial<HostOptions> = {}): HostOptions {
  return { ...hostDefaults, name, ...more };
}

export function aVm(id: string, host: string, more: Partial<VmOptions> = {}): VmOptions {
  return { ...vmDefaults, id, name: id, host, guestOs: 'Windows Server 2008 R2', ...more };
}

export function scsiDisks(count: number) {
  const disk = { controller: 'scsi', format: 'dynamic', sizeMaxMiB: 1024 } as const;
  return Array.from({ length: count }, () => disk);
}

export function someOptions(more: Partial<ClusterOptions> = {}): ClusterOptions {
  return {
    seed: 1,
    hosts: [aHost('h1'), aHost('h2'), aHost('h3')],
    vms: [aVm('vm', 'h1')],
    faults: noFaults,
    timing: defaultTiming,
    defects: defaultDefects,
    ledgerMax: 100_000,
    ...more,
  };
}

/** Time that stands still but for sleeping, and then leaps: no test waits, none depends on load. */
export function createLeapingClock(): Clock {
  let elapsedMs = 0;
  return {
    now: () => toInstant(1_700_000_000_000 + elapsedMs),
    monotonicMs: () => elapsedMs,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        setImmediate(() => {
          if (signal?.aborted) return reject(signal.reason);
          elapsedMs += ms;
          resolve();
        });
      }),
  };
}

export function startCluster(more: Partial<ClusterOptions> = {}) {
  const clock = createScaledClock(createLeapingClock(), { scale: 1 });
  const cluster = createCluster(someOptions(more), clock);
  return Object.assign(cluster, {
    [Symbol.dispose]: () => clock[Symbol.dispose](),
  }) satisfies SimulatedCluster;
}

export const never = new AbortController().signal;

export function move(
  cluster: SimulatedCluster,
  vmId: string,
  target: string,
  signal: AbortSignal = never,
): Promise<MigrationEnd> {
  const source = cluster.locate(vmId).host ?? 'h1';
  const order = { attemptId: `${vmId}-move`, vmId, source, target, timeoutMs: 600_000 };
  return cluster.migrate(order, signal);
}
