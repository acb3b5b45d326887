import type { PlacementPolicy } from '@gauntlet/shared/domain/campaign';
import { assert, unreachable } from '@gauntlet/shared/kernel/assert';
import { drawIndex } from '@gauntlet/shared/kernel/stream';
import type { PlacementRecord, PlannedVm } from './records.ts';

const targetStream = 'placement.target';

export interface Move {
  readonly ordinal: number;
  readonly vm: PlannedVm;
  readonly placement: PlacementRecord;
}

/**
 * Where the VM goes next. A function of (seed, ordinal, policy, where it stands), and for
 * `all-pairs` of how often it left each host.
 */
export function chooseTarget(
  rules: {
    readonly seed: number;
    readonly policy: PlacementPolicy;
    readonly hosts: readonly string[];
  },
  move: Move,
): string {
  const source = move.placement.host;
  assert(source !== null, 'a VM without a host has no next target');
  const { hosts } = rules;
  switch (rules.policy) {
    case 'ping-pong':
      return pingPong(hosts, move.vm.home, source);
    case 'ring':
      return hostAfter(hosts, source);
    case 'random': {
      const others = hosts.filter((host) => host !== source);
      return pick(others, drawIndex(rules.seed, targetStream, move.ordinal, others.length));
    }
    case 'all-pairs': {
      // A rotor at every host sends the VM to each other host in turn: in the long run every
      // ordered pair is walked equally often (the rotor-router walk on the complete graph).
      const others = hosts.filter((host) => host !== source);
      return pick(others, (move.placement.departures[source] ?? 0) % others.length);
    }
    default:
      return unreachable(rules.policy);
  }
}

/** Between its home and the next host in order; from anywhere else it goes home first. */
function pingPong(hosts: readonly string[], home: string, source: string): string {
  const base = hosts.includes(home) ? home : pick(hosts, 0);
  return source === base ? hostAfter(hosts, base) : base;
}

function hostAfter(hosts: readonly string[], host: string): string {
  return pick(hosts, (hosts.indexOf(host) + 1) % hosts.length);
}

function pick(hosts: readonly string[], index: number): string {
  const host = hosts[index];
  assert(host !== undefined, 'a policy needs at least two hosts');
  return host;
}
