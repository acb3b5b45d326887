import { drawUnit } from '@gauntlet/shared/kernel/stream';
import type { VmOptions } from './options.ts';

export interface ProbeFault {
  readonly probe: string;
  readonly detail: string;
}

/** One VM as it is now. Only world.ts, migrate.ts and outages.ts change it. */
export interface Guest {
  options: VmOptions;
  /** The root of all its draws: its own, so that no VM's chance depends on another's doings. */
  seed: number;
  /** Where it is stored; it runs there when `state` is `running`. */
  host: string;
  state: 'running' | 'off' | 'failed';
  isHung: boolean;
  /** Simulated monotonic ms until which no heartbeat is heard. */
  silentUntilMs: number;
  /** What its probes have found since its last migration began. */
  faults: ProbeFault[];
  /** Migrations begun, the ordinal of the next one's draws. */
  migrations: number;
  /** Starts so far, the ordinal of the next one's draws. */
  starts: number;
  /** What the cluster does with it right now. */
  task: 'none' | 'migration' | 'power-cycle';
  /** Settled when the task has ended. */
  taskEnded: Promise<void>;
  recovery: Promise<void> | null;
}

export function createGuest(options: VmOptions, clusterSeed: number): Guest {
  return {
    options,
    seed: seedOfVm(clusterSeed, options.id),
    host: options.host,
    state: 'running',
    isHung: false,
    silentUntilMs: 0,
    faults: [],
    migrations: 0,
    starts: 1,
    task: 'none',
    taskEnded: Promise.resolve(),
    recovery: null,
  };
}

/** The seed of one VM: a pure function of the cluster's seed and the VM's id. */
export function seedOfVm(clusterSeed: number, vmId: string): number {
  return Math.floor(drawUnit(clusterSeed, `vm/${vmId}`, 0) * 2 ** 53);
}

/** Alive: it executes and its heartbeat is heard. */
export function isAlive(guest: Guest, nowMs: number): boolean {
  return guest.state === 'running' && !guest.isHung && nowMs >= guest.silentUntilMs;
}
