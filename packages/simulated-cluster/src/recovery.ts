import type { Guest } from './guest.ts';
import { isAlive } from './guest.ts';
import { nextHostUp } from './host.ts';
import type { MigrationEnd } from './migrate.ts';
import { startGuest } from './outages.ts';
import { ClusterError, guestOf, hostOf, type World } from './world.ts';

export interface PowerCycleOrder {
  readonly attemptId: string;
  readonly vmId: string;
  readonly host: string;
}

/** Turns a VM off and on again on its host. */
export async function powerCycle(world: World, order: PowerCycleOrder): Promise<MigrationEnd> {
  const guest = guestOf(world, order.vmId);
  const host = hostOf(world, order.host);
  const { attemptId, vmId } = order;
  const isBusy = guest.task !== 'none' || guest.recovery !== null;
  if (isBusy || guest.host !== order.host || host.state !== 'up') {
    const reason = isBusy ? 'vm-in-migration' : 'not-on-source';
    world.ledger.append(world.clock.now(), { kind: 'refused', attemptId, vmId, reason });
    const message = isBusy ? 'the VM is in use by another task' : 'the VM is not on this host';
    return {
      kind: 'failed',
      failure: { class: isBusy ? 'busy' : 'gone', code: '0x800700AA', message },
    };
  }
  const ended = Promise.withResolvers<void>();
  guest.task = 'power-cycle';
  guest.taskEnded = ended.promise;
  try {
    return await cycle(world, guest, order);
  } finally {
    guest.task = 'none';
    ended.resolve();
  }
}

async function cycle(world: World, guest: Guest, order: PowerCycleOrder): Promise<MigrationEnd> {
  const { attemptId, vmId, host } = order;
  const halfMs = world.options.timing.powerCycleMs / 2;
  guest.state = 'off';
  await world.clock.sleep(halfMs);
  // Its host may have gone down while it was off, and the cluster started it elsewhere.
  const isHere = guest.host === host && hostOf(world, host).state === 'up';
  const switchedOverAt = world.clock.now();
  if (isHere) startGuest(world, guest, { attemptId, isWorkaroundSet: false });
  if (isHere && isRunningOn(guest, host)) await world.clock.sleep(halfMs);
  const isUp = isHere && isRunningOn(guest, host);
  const result = isUp ? 'completed' : 'failed';
  world.ledger.append(world.clock.now(), { kind: 'power-cycle', attemptId, vmId, host, result });
  if (isUp) return { kind: 'completed', switchedOverAt, copyMs: 0, blackoutMs: null };
  const message = 'the host went down while the VM started';
  return { kind: 'unknown', failure: { class: 'transient-network', code: '0x80072746', message } };
}

function isRunningOn(guest: Guest, host: string): boolean {
  return guest.state === 'running' && guest.host === host;
}

/**
 * Starts a dead or hung VM again, on its host or on the next that is up. For this one start
 * processor compatibility is off, so that recovering does not take the next host down too.
 *
 * @throws ClusterError `no-host-up`
 */
export async function recover(world: World, vmId: string): Promise<void> {
  const guest = guestOf(world, vmId);
  await guest.taskEnded;
  if (guest.recovery === null) {
    if (isAlive(guest, world.clock.monotonicMs())) return;
    guest.recovery = restart(world, guest).finally(() => {
      guest.recovery = null;
    });
  }
  return guest.recovery;
}

/** Waits for a host to boot: so many times the time a boot takes. */
const bootsMax = 3;

async function restart(world: World, guest: Guest): Promise<void> {
  const { powerCycleMs, hostRebootMs } = world.options.timing;
  for (let boot = 0; boot < bootsMax; boot += 1) {
    const home = world.hosts.get(guest.host);
    const host = home?.state === 'up' ? home : nextHostUp(world.hosts, guest.host);
    if (host === undefined) {
      await world.clock.sleep(hostRebootMs);
      continue;
    }
    guest.host = host.options.name;
    await world.clock.sleep(powerCycleMs);
    if (host.state !== 'up') continue;
    startGuest(world, guest, { attemptId: null, isWorkaroundSet: true });
    world.ledger.append(world.clock.now(), {
      kind: 'recover',
      vmId: guest.options.id,
      host: guest.host,
    });
    return;
  }
  throw new ClusterError('no-host-up', 'no host is up to recover the VM on');
}

/**
 * Moves a VM back by a quick migration: saved, moved, restored; nothing is powered off or started,
 * so no defect strikes.
 *
 * @returns why it could not be, or null
 */
export async function putBack(world: World, vmId: string, host: string): Promise<string | null> {
  const guest = world.guests.get(vmId);
  if (guest === undefined) return `VM ${vmId}: the cluster has no such VM`;
  const target = world.hosts.get(host);
  const { name } = guest.options;
  if (target === undefined) return `VM ${name}: the cluster has no host ${host}`;
  await guest.taskEnded;
  if (guest.host === host) return null;
  if (target.state !== 'up') return `VM ${name}: host ${host} is down`;
  if (guest.state === 'off') return `VM ${name}: it is off`;
  const from = guest.host;
  guest.host = host;
  world.ledger.append(world.clock.now(), { kind: 'put-back', vmId, from, host });
  return null;
}
