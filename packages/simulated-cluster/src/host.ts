import type { HostOptions } from './options.ts';

/** One host as it is now. */
export interface SimulatedHost {
  options: HostOptions;
  state: 'up' | 'down';
  /** Live migrations it takes part in right now, in and out. */
  inFlight: number;
}

export function createHost(options: HostOptions): SimulatedHost {
  return { options, state: 'up', inFlight: 0 };
}

/** The next host in the ring after `name` that is up; undefined when none is. */
export function nextHostUp(
  hosts: ReadonlyMap<string, SimulatedHost>,
  name: string,
): SimulatedHost | undefined {
  const ring = [...hosts.values()];
  const at = ring.findIndex((host) => host.options.name === name);
  const rotated = [...ring.slice(at + 1), ...ring.slice(0, at + 1)];
  return rotated.find((host) => host.state === 'up');
}
