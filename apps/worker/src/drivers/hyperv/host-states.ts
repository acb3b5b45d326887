import type { HostState } from '@gauntlet/shared/domain/inventory';
import type { GuestWatch } from './guest-watch.ts';

export interface HostStates {
  /** Takes the list of hosts; tells which went down for good and which came back. */
  update(hosts: readonly { readonly name: string; readonly state: HostState }[]): {
    readonly wentDown: readonly string[];
    readonly cameBack: readonly string[];
  };
  up(): readonly string[];
  /** Remembers whose attempt told of a host's end, so that its boot record finds it again. */
  blame(host: string, watch: GuestWatch | null): void;
  blamed(host: string): GuestWatch | null;
}

/** Looks in a row at which a host must be down before it counts: one may be a lost answer. */
const looksMin = 2;

export function createHostStates(): HostStates {
  const downLooks = new Map<string, number>();
  const blamedWatches = new Map<string, GuestWatch>();
  let reachable: readonly string[] = [];

  function lookAt(name: string, state: HostState): 'went-down' | 'came-back' | null {
    const looks = downLooks.get(name) ?? 0;
    if (state === 'down') {
      downLooks.set(name, looks + 1);
      return looks + 1 === looksMin ? 'went-down' : null;
    }
    downLooks.delete(name);
    return looks >= looksMin ? 'came-back' : null;
  }

  return {
    update(hosts) {
      const seen = hosts.map(({ name, state }) => ({ name, change: lookAt(name, state) }));
      reachable = hosts.filter(({ state }) => state !== 'down').map(({ name }) => name);
      return {
        wentDown: seen.filter(({ change }) => change === 'went-down').map(({ name }) => name),
        cameBack: seen.filter(({ change }) => change === 'came-back').map(({ name }) => name),
      };
    },
    up: () => reachable,
    blame(host, watch) {
      if (watch !== null) blamedWatches.set(host, watch);
    },
    blamed: (host) => blamedWatches.get(host) ?? null,
  };
}
