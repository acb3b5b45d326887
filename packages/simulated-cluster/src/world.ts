import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { Instant } from '@gauntlet/shared/kernel/instant';
import { createEventBoard, type EventBoard } from './events.ts';
import { createGuest, type Guest, seedOfVm } from './guest.ts';
import { createHost, type SimulatedHost } from './host.ts';
import { createLedger, type Ledger, type SimulatedStop } from './ledger.ts';
import type { ClusterOptions } from './options.ts';
import { type ClusterSnapshot, restoreGuest } from './snapshot.ts';

export class ClusterError extends Error {
  override readonly name = 'ClusterError';
  readonly code: ClusterErrorCode;

  constructor(code: ClusterErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
export type ClusterErrorCode = 'vm-unknown' | 'host-unknown' | 'aborted' | 'no-host-up';

/** A migration under way; outages interrupt it. */
export interface Run {
  readonly source: string;
  readonly target: string;
  /** Told when a host of it went down or the cluster is taken away. */
  readonly interrupt: AbortController;
}

/** All state of a cluster, and nothing but state. */
export interface World {
  options: ClusterOptions;
  readonly clock: Clock;
  readonly hosts: Map<string, SimulatedHost>;
  readonly guests: Map<string, Guest>;
  readonly runs: Set<Run>;
  readonly board: EventBoard;
  readonly ledger: Ledger;
  /** When the cluster first began to be. */
  readonly beganAt: Instant;
  migrationsBegun: number;
}

export function createWorld(
  options: ClusterOptions,
  clock: Clock,
  snapshot: ClusterSnapshot | null,
): World {
  const start = snapshot === null ? undefined : { seq: snapshot.seq, totals: snapshot.totals };
  const world: World = {
    options,
    clock,
    hosts: new Map(),
    guests: new Map(),
    runs: new Set(),
    board: createEventBoard(),
    ledger: createLedger(options.ledgerMax, start),
    beganAt: snapshot?.beganAt ?? clock.now(),
    migrationsBegun: snapshot?.migrationsBegun ?? 0,
  };
  applyOptions(world, options);
  for (const saved of snapshot?.vms ?? []) {
    const guest = world.guests.get(saved.id);
    if (guest !== undefined) restoreGuest(guest, saved, world.hosts);
  }
  return world;
}

/** Takes over new options and keeps what goes on: placements, ordinals, states. */
export function applyOptions(world: World, options: ClusterOptions): void {
  world.options = options;
  const hostNames = new Set(options.hosts.map((host) => host.name));
  for (const name of world.hosts.keys()) if (!hostNames.has(name)) world.hosts.delete(name);
  for (const host of options.hosts) {
    const known = world.hosts.get(host.name);
    if (known === undefined) world.hosts.set(host.name, createHost(host));
    else known.options = host;
  }
  const vmIds = new Set(options.vms.map((vm) => vm.id));
  for (const id of world.guests.keys()) if (!vmIds.has(id)) world.guests.delete(id);
  for (const vm of options.vms) {
    const known = world.guests.get(vm.id);
    if (known === undefined) world.guests.set(vm.id, createGuest(vm, options.seed));
    else Object.assign(known, { options: vm, seed: seedOfVm(options.seed, vm.id) });
  }
  for (const guest of world.guests.values()) {
    if (!world.hosts.has(guest.host)) guest.host = guest.options.host;
  }
}

/** @throws ClusterError `vm-unknown` */
export function guestOf(world: World, vmId: string): Guest {
  const guest = world.guests.get(vmId);
  if (guest === undefined) throw new ClusterError('vm-unknown', `the cluster has no VM ${vmId}`);
  return guest;
}

/** @throws ClusterError `host-unknown` */
export function hostOf(world: World, name: string): SimulatedHost {
  const host = world.hosts.get(name);
  if (host === undefined) throw new ClusterError('host-unknown', `the cluster has no host ${name}`);
  return host;
}

/** Does something at a later simulated time, unless the clock is stopped before. */
export function later(world: World, ms: number, action: () => void): void {
  // The clock rejects its sleepers only when it is stopped: then nothing more shall happen.
  world.clock.sleep(ms).then(action, () => {});
}

/** The guest stops for good, until somebody recovers it. */
export function crashGuest(
  world: World,
  guest: Guest,
  why: { stop: SimulatedStop; attemptId: string | null; disk: number | null },
): void {
  if (guest.state !== 'running') return;
  guest.state = 'failed';
  const at = world.clock.now();
  const { id } = guest.options;
  world.ledger.append(at, { kind: 'bugcheck', vmId: id, host: guest.host, ...why });
  world.board.emit(id, {
    kind: 'bugcheck',
    subject: 'guest',
    host: guest.host,
    at,
    channel: 'event-18590',
    code: why.stop.code,
    parameters: why.stop.parameters,
  });
}
