import type { Guest } from './guest.ts';
import { nextHostUp } from './host.ts';
import type { SimulatedStop } from './ledger.ts';
import type { HostDownFault } from './options.ts';
import { crashGuest, hostOf, later, type World } from './world.ts';
import { hypervisorError, xrstorStopAfterMs } from './xrstor-defect.ts';

export interface HostOutage {
  readonly host: string;
  /** null: the host went away without a STOP (power, network). */
  readonly stop: SimulatedStop | null;
  readonly attemptId: string | null;
  readonly lastsMs: number;
  /** The VM whose start brought it down; the cluster does not start it again by itself. */
  readonly culprit: Guest | null;
}

/** A host goes down with every VM on it; the cluster starts them on the others. */
export function takeHostDown(world: World, outage: HostOutage): void {
  const host = hostOf(world, outage.host);
  if (host.state === 'down') return;
  host.state = 'down';
  const lost = [...world.guests.values()].filter((guest) => guest.host === outage.host);
  const at = world.clock.now();
  world.ledger.append(at, {
    kind: 'host-crash',
    attemptId: outage.attemptId,
    host: outage.host,
    stop: outage.stop,
    vmIds: lost.map((guest) => guest.options.id),
  });
  for (const guest of lost) loseGuest(world, guest, outage);
  for (const run of world.runs) {
    if (run.source === outage.host || run.target === outage.host) run.interrupt.abort('host-down');
  }
  later(world, outage.lastsMs, () => {
    host.state = 'up';
    startWaiting(world);
  });
  later(world, world.options.timing.failoverMs, () => {
    for (const guest of lost) failOver(world, guest);
  });
}

function loseGuest(world: World, guest: Guest, { host, stop, culprit }: HostOutage): void {
  guest.state = guest === culprit ? 'failed' : 'off';
  const at = world.clock.now();
  const seen = { at, channel: stop === null ? 'cluster-node-down' : 'event-1001' };
  if (stop === null) return world.board.emit(guest.options.id, { kind: 'reset', ...seen });
  const { code, parameters } = stop;
  world.board.emit(guest.options.id, {
    kind: 'bugcheck',
    subject: 'host',
    host,
    code,
    parameters,
    ...seen,
  });
}

/** VMs that no host was left for start as soon as one is up again. */
function startWaiting(world: World): void {
  for (const guest of world.guests.values()) {
    if (guest.state === 'off' && guest.task === 'none') failOver(world, guest);
  }
}

function failOver(world: World, guest: Guest): void {
  const isLost = guest.state === 'off' && world.guests.get(guest.options.id) === guest;
  // Somebody recovered it meanwhile, or its host is back and has started it.
  if (!isLost || guest.recovery !== null) return;
  const host = nextHostUp(world.hosts, guest.host);
  if (host === undefined) return;
  guest.host = host.options.name;
  world.ledger.append(world.clock.now(), {
    kind: 'failover',
    vmId: guest.options.id,
    host: guest.host,
  });
  startGuest(world, guest, { attemptId: null, isWorkaroundSet: false });
}

/**
 * The guest starts on the host it is on. KB2550569 strikes here: at once, or after some uptime.
 * `isWorkaroundSet`: processor compatibility is off for this one start.
 */
export function startGuest(
  world: World,
  guest: Guest,
  { attemptId, isWorkaroundSet }: { attemptId: string | null; isWorkaroundSet: boolean },
): void {
  guest.state = 'running';
  guest.isHung = false;
  guest.silentUntilMs = 0;
  guest.faults = [];
  const start = guest.starts;
  guest.starts += 1;
  if (!isWorkaroundSet) armXrstorDefect(world, guest, { attemptId, start });
}

/** @param start ordinal of the start whose uptime is meant */
export function armXrstorDefect(
  world: World,
  guest: Guest,
  { attemptId, start }: { attemptId: string | null; start: number },
): void {
  const host = hostOf(world, guest.host);
  const afterMs = xrstorStopAfterMs(guest.options, host.options, {
    seed: guest.seed,
    k: start,
    meanUptimeMs: world.options.defects.xrstorMeanUptimeMs,
  });
  if (afterMs === null) return;
  if (afterMs === 0) return stopHost(world, guest, attemptId);
  later(world, afterMs, () => {
    // The uptime ended with any later start, and a fix may have come meanwhile.
    const isSameStart = guest.starts === start + 1 && guest.state === 'running';
    const now = world.hosts.get(guest.host);
    if (!isSameStart || now === undefined) return;
    const context = { seed: guest.seed, k: start, meanUptimeMs: 1 };
    if (xrstorStopAfterMs(guest.options, now.options, context) !== null) {
      stopHost(world, guest, attemptId);
    }
  });
}

function stopHost(world: World, guest: Guest, attemptId: string | null): void {
  takeHostDown(world, {
    host: guest.host,
    stop: hypervisorError,
    attemptId,
    lastsMs: world.options.timing.hostRebootMs,
    culprit: guest,
  });
}

/**
 * Plans the outages that come at a time, but for those that were planned before. Those whose time
 * has passed are not made up for.
 */
export function planOutages(world: World, before: readonly HostDownFault[]): void {
  const ageMs = world.clock.now() - world.beganAt;
  const known = new Set(before.map((fault) => JSON.stringify(fault)));
  for (const fault of world.options.faults.hostDown) {
    if (known.has(JSON.stringify(fault))) continue;
    if (fault.afterMs === null || fault.afterMs < ageMs) continue;
    later(world, fault.afterMs - ageMs, () => strike(world, fault));
  }
}

/** The planned outages that come with a migration. */
export function strikeOutages(world: World): void {
  for (const fault of world.options.faults.hostDown) {
    if (fault.afterMigrations === world.migrationsBegun) strike(world, fault);
  }
}

function strike(world: World, fault: HostDownFault): void {
  // New options may have removed the fault or the host since it was planned.
  const wanted = JSON.stringify(fault);
  const isPlanned = world.options.faults.hostDown.some((one) => JSON.stringify(one) === wanted);
  if (!isPlanned || !world.hosts.has(fault.host)) return;
  takeHostDown(world, {
    host: fault.host,
    stop: null,
    attemptId: null,
    lastsMs: fault.lastsMs,
    culprit: null,
  });
}

/** A non-maskable interrupt from the rig: the guest stops with NMI_HARDWARE_FAILURE. */
export function injectNmi(world: World, guest: Guest): void {
  crashGuest(world, guest, {
    attemptId: null,
    disk: null,
    stop: {
      code: 0x80,
      parameters: ['0x00000000004f4454', '0x0', '0x0', '0x0'],
      module: 'nt',
      function: 'KeBugCheckEx',
      offset: 0,
    },
  });
}
