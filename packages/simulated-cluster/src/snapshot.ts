import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { Instant } from '@gauntlet/shared/kernel/instant';
import type { Guest } from './guest.ts';
import type { SimulatedHost } from './host.ts';
import type { Ledger, LedgerTotals } from './ledger.ts';

export interface GuestSnapshot {
  readonly id: string;
  readonly host: string;
  readonly state: 'running' | 'off' | 'failed';
  /** The ordinals its draws go on from: none below them is ever drawn again. */
  readonly migrations: number;
  readonly starts: number;
}

/** The little of a cluster that must survive its process. */
export interface ClusterSnapshot {
  readonly v: 1;
  readonly at: Instant;
  readonly beganAt: Instant;
  readonly vms: readonly GuestSnapshot[];
  readonly migrationsBegun: number;
  readonly seq: number;
  readonly totals: LedgerTotals;
}

/** The part of a world that a snapshot is taken from. */
export interface SnapshotSource {
  readonly clock: Clock;
  readonly beganAt: Instant;
  readonly guests: ReadonlyMap<string, Guest>;
  readonly migrationsBegun: number;
  readonly ledger: Ledger;
}

/**
 * @param reserve ordinals to skip per VM: more than can be used up before the next snapshot, so
 *   that a cluster that comes back after a crash never draws the same twice; 0 at a clean end
 */
export function takeSnapshot(world: SnapshotSource, reserve: number): ClusterSnapshot {
  return {
    v: 1,
    at: world.clock.now(),
    beganAt: world.beganAt,
    vms: [...world.guests.values()].map((guest) => ({
      id: guest.options.id,
      host: guest.host,
      state: guest.state,
      migrations: guest.migrations + reserve,
      starts: guest.starts + reserve,
    })),
    migrationsBegun: world.migrationsBegun,
    seq: world.ledger.lastSeq,
    totals: world.ledger.totals(),
  };
}

/** Hosts have booted in the meantime and what was off has been started: as after a power cut. */
export function restoreGuest(
  guest: Guest,
  saved: GuestSnapshot,
  hosts: ReadonlyMap<string, SimulatedHost>,
): void {
  if (hosts.has(saved.host)) guest.host = saved.host;
  guest.state = saved.state === 'failed' ? 'failed' : 'running';
  guest.migrations = saved.migrations;
  guest.starts = saved.starts;
}
