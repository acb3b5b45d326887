import type { Instant } from '@gauntlet/shared/kernel/instant';
import { toLoadFactor } from './disk.ts';
import { drawFaults, type MigrationFaults } from './faults.ts';
import type { Guest } from './guest.ts';
import { hasStorvscRace } from './host-files.ts';
import type { RefusalReason, SimulatedStop } from './ledger.ts';
import type { HostOptions, OtherBugcheckFault } from './options.ts';
import { strikeOutages } from './outages.ts';
import { powerOff, type RaceHit, runStorvscRace } from './storvsc-race.ts';
import { durationsOf } from './timing.ts';
import { ClusterError, crashGuest, guestOf, hostOf, later, type Run, type World } from './world.ts';
import { runExchangeProbe } from './xchg-defect.ts';

export interface MigrationOrder {
  readonly attemptId: string;
  readonly vmId: string;
  readonly source: string;
  readonly target: string;
  /** Deadline of the copy in simulated ms. */
  readonly timeoutMs: number;
}

export interface SimulatedFailure {
  /** A class of migrationErrorClasses. */
  readonly class: string;
  readonly code: string | null;
  readonly message: string;
}

/** Like MigrationResult of the domain. */
export type MigrationEnd =
  | {
      readonly kind: 'completed';
      readonly switchedOverAt: Instant;
      readonly copyMs: number;
      readonly blackoutMs: number | null;
    }
  | { readonly kind: 'failed'; readonly failure: SimulatedFailure }
  | { readonly kind: 'unknown'; readonly failure: SimulatedFailure };

/** Injected crashes and hangs come so long after switch-over: outside the power-off window. */
const aftermathMs = 1000;

const storvscStop: SimulatedStop = {
  code: 0xd1,
  parameters: Array.from({ length: 4 }, () => '0x0000000000000000'),
  module: 'storvsc',
  function: 'StorChannelVmbusCallback',
  offset: 0x2b8,
};

interface Move extends Run {
  readonly order: MigrationOrder;
  readonly guest: Guest;
  readonly k: number;
  readonly beganAt: Instant;
  readonly faults: MigrationFaults;
}

/**
 * Moves a VM as a cluster does: refuses what it must not do, copies, switches over, powers the
 * source off. Whatever the caller does after the switch-over, the migration runs to its end.
 *
 * @throws ClusterError `vm-unknown`, `host-unknown`; `aborted` when the signal was aborted before
 */
export async function migrate(
  world: World,
  order: MigrationOrder,
  signal: AbortSignal,
): Promise<MigrationEnd> {
  const guest = guestOf(world, order.vmId);
  const source = hostOf(world, order.source);
  const target = hostOf(world, order.target);
  if (signal.aborted) throw new ClusterError('aborted', 'aborted before the migration began');
  const reason = findRefusal(world, guest, order);
  if (reason !== null) return refuse(world, order, reason);
  const move = begin(world, guest, order);
  const ended = Promise.withResolvers<void>();
  guest.taskEnded = ended.promise;
  const onAbort = () => move.interrupt.abort('cancelled');
  signal.addEventListener('abort', onAbort, { once: true });
  source.inFlight += 1;
  target.inFlight += 1;
  try {
    strikeOutages(world);
    return await run(world, move);
  } finally {
    signal.removeEventListener('abort', onAbort);
    source.inFlight -= 1;
    target.inFlight -= 1;
    guest.task = 'none';
    world.runs.delete(move);
    ended.resolve();
  }
}

function findRefusal(world: World, guest: Guest, order: MigrationOrder): RefusalReason | null {
  const source = hostOf(world, order.source);
  const target = hostOf(world, order.target);
  const isFull = [source, target].some((host) => host.inFlight >= host.options.migrationsMax);
  if (guest.task !== 'none' || guest.recovery !== null) return 'vm-in-migration';
  if (order.source === order.target) return 'same-host';
  if (guest.host !== order.source) return 'not-on-source';
  if (guest.state !== 'running' || source.state !== 'up') return 'vm-not-running';
  if (target.state !== 'up') return 'target-down';
  return isFull ? 'host-cap' : null;
}

function refuse(world: World, order: MigrationOrder, reason: RefusalReason): MigrationEnd {
  const { attemptId, vmId } = order;
  world.ledger.append(world.clock.now(), { kind: 'refused', attemptId, vmId, reason });
  return { kind: 'failed', failure: refusals[reason] };
}

const busyCode = '0x800700AA';
const refusals: Readonly<Record<RefusalReason, SimulatedFailure>> = {
  'vm-in-migration': { class: 'busy', code: busyCode, message: 'the VM is in use by another task' },
  'host-cap': {
    class: 'busy',
    code: busyCode,
    message: 'the migration limit of a host was reached, please wait',
  },
  'same-host': { class: 'permanent-config', code: '0x80070057', message: 'source is target' },
  'not-on-source': { class: 'gone', code: '0x00001393', message: 'the VM is not on the source' },
  'vm-not-running': { class: 'gone', code: '0x8007139F', message: 'the VM does not run' },
  'target-down': { class: 'transient-network', code: '0x8007274C', message: 'the target is down' },
};

function begin(world: World, guest: Guest, order: MigrationOrder): Move {
  const k = guest.migrations;
  guest.migrations += 1;
  world.migrationsBegun += 1;
  guest.task = 'migration';
  guest.faults = [];
  const move: Move = {
    source: order.source,
    target: order.target,
    interrupt: new AbortController(),
    order,
    guest,
    k,
    beganAt: world.clock.now(),
    faults: drawFaults(world.options.faults, guest.options.id, { seed: guest.seed, k }),
  };
  world.runs.add(move);
  return move;
}

async function run(world: World, move: Move): Promise<MigrationEnd> {
  const { guest, order, k, faults } = move;
  const context = { seed: guest.seed, k, slowness: faults.slowness };
  const { copyMs, blackoutMs } = durationsOf(guest.options, world.options.timing, context);
  const failure = await copy(world, move, copyMs + blackoutMs);
  if (failure !== null) return fail(world, move, failure);
  const switchedOverAt = world.clock.now();
  // The hosts as they are at this moment decide about the defects.
  const sourceNow = hostOf(world, order.source).options;
  guest.host = order.target;
  record(world, move, { switchedOverAt, result: 'completed', failureClass: null });
  strikeAftermath(world, move);
  await powerSourceOff(world, move, sourceNow);
  return { kind: 'completed', switchedOverAt, copyMs, blackoutMs };
}

/** Copies until switch-over; null: it got there, and both hosts and the guest are still up. */
async function copy(world: World, move: Move, untilMs: number): Promise<SimulatedFailure | null> {
  const { order, faults, guest, interrupt } = move;
  const planned = faults.failure;
  const failsMs = planned === null ? Number.POSITIVE_INFINITY : untilMs / 2;
  const lastsMs = Math.min(failsMs, order.timeoutMs, untilMs);
  try {
    await world.clock.sleep(lastsMs, interrupt.signal);
  } catch (error) {
    return interruptionOf(interrupt.signal.aborted ? interrupt.signal.reason : error);
  }
  if (guest.state !== 'running') {
    return { class: 'unknown', code: '0x80004005', message: 'the VM stopped while it was copied' };
  }
  if (lastsMs === untilMs) return null;
  if (planned !== null && lastsMs === failsMs) return planned;
  return { class: 'cancelled', code: '0x800704C7', message: `cancelled after ${lastsMs} ms` };
}

function interruptionOf(reason: unknown): SimulatedFailure {
  switch (reason) {
    case 'cancelled':
      return { class: 'cancelled', code: '0x800704C7', message: 'the migration was cancelled' };
    case 'host-down':
      return { class: 'transient-network', code: '0x80072746', message: 'a host went down' };
    default:
      return { class: 'unknown', code: null, message: 'the simulated cluster was taken away' };
  }
}

function fail(world: World, move: Move, failure: SimulatedFailure): MigrationEnd {
  record(world, move, {
    switchedOverAt: null,
    result: 'failed',
    failureClass: failure.class,
  });
  const { guest, order } = move;
  const runsOnSource = guest.state === 'running' && guest.host === order.source;
  return { kind: runsOnSource && failure.code !== null ? 'failed' : 'unknown', failure };
}

function record(
  world: World,
  { order, beganAt, k }: Move,
  end: {
    switchedOverAt: Instant | null;
    result: 'completed' | 'failed';
    failureClass: string | null;
  },
): void {
  const { attemptId, vmId, source, target } = order;
  world.ledger.append(world.clock.now(), {
    kind: 'migration',
    attemptId,
    vmId,
    source,
    target,
    beganAt,
    k,
    ...end,
  });
}

/** The window in which the storvsc race is run. */
async function powerSourceOff(world: World, move: Move, source: HostOptions): Promise<void> {
  const hit = raceOf(move, source);
  try {
    await world.clock.sleep(hit?.afterMs ?? powerOff.tornDownAfterMs);
  } catch {
    // The cluster is taken away: it has switched over, and that is all there is to say.
    return;
  }
  const { attemptId } = move.order;
  if (hit === null) probeExchange(world, move);
  else crashGuest(world, move.guest, { stop: storvscStop, attemptId, disk: hit.disk });
}

function raceOf({ guest, k }: Move, source: HostOptions): RaceHit | null {
  if (guest.options.os !== 'windows' || !hasStorvscRace(source)) return null;
  const { disks, load } = guest.options;
  return runStorvscRace({ disks, loadFactor: toLoadFactor(load) }, guest.seed, k);
}

function probeExchange(world: World, { guest, k, order }: Move): void {
  const host = world.hosts.get(guest.host);
  if (guest.state !== 'running' || host === undefined) return;
  const { defects } = world.options;
  const detail = runExchangeProbe(guest.options, host.options, { seed: guest.seed, k, defects });
  if (detail === null) return;
  const probe = 'xchg';
  guest.faults = [...guest.faults, { probe, detail }];
  const at = world.clock.now();
  const { attemptId, vmId } = order;
  world.ledger.append(at, { kind: 'fault', attemptId, vmId, probe, detail });
  world.board.emit(vmId, { kind: 'fault', at, probe, detail });
}

function strikeAftermath(world: World, move: Move): void {
  const { guest, faults, order } = move;
  if (faults.heartbeatLostMs > 0) loseHeartbeat(world, guest, faults.heartbeatLostMs);
  const { starts } = guest;
  const isSameGuest = () => guest.starts === starts && guest.state === 'running';
  const { otherBugcheck } = faults;
  if (otherBugcheck !== null) {
    const why = { stop: toStop(otherBugcheck), attemptId: order.attemptId, disk: null };
    later(world, aftermathMs, () => {
      if (isSameGuest()) crashGuest(world, guest, why);
    });
  }
  if (faults.hangs) {
    later(world, aftermathMs, () => {
      if (isSameGuest()) hang(world, guest, order.attemptId);
    });
  }
}

function toStop(fault: OtherBugcheckFault): SimulatedStop {
  const { code, parameters, module } = fault;
  return { code, parameters, module, function: fault.function, offset: null };
}

function hang(world: World, guest: Guest, attemptId: string): void {
  guest.isHung = true;
  const at = world.clock.now();
  const vmId = guest.options.id;
  world.ledger.append(at, { kind: 'hang', attemptId, vmId });
  world.board.emit(vmId, { kind: 'heartbeat-lost', at, channel: 'heartbeat' });
}

function loseHeartbeat(world: World, guest: Guest, lastsMs: number): void {
  const vmId = guest.options.id;
  const { starts } = guest;
  guest.silentUntilMs = world.clock.monotonicMs() + lastsMs;
  world.board.emit(vmId, {
    kind: 'heartbeat-lost',
    at: world.clock.now(),
    channel: 'heartbeat',
  });
  later(world, lastsMs, () => {
    const isBack = guest.starts === starts && guest.state === 'running' && !guest.isHung;
    if (!isBack) return;
    world.board.emit(vmId, { kind: 'heartbeat', at: world.clock.now(), channel: 'heartbeat' });
  });
}
