import { AppError } from '@gauntlet/shared/contracts/errors';
import type { Host } from '@gauntlet/shared/domain/inventory';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { Desk } from './desk.ts';
import type { HostRead, ReplyOf } from './operations.ts';

export type HostList = ReplyOf<'hosts.list'>;

/** Versions of a host change with a reboot at most; reading them takes seconds. */
const readMsMax = 60_000;
/**
 * What the hosts of one inventory may take together: whoever asked waits a minute at most. The
 * others show what was read of them last, and are read by the next inventory.
 */
const readAllMsMax = 20_000;

export interface ClusterHosts {
  list(signal?: AbortSignal): Promise<HostList>;
  /** @throws AppError `driver.host-unknown` */
  require(names: readonly string[], signal?: AbortSignal): Promise<HostList>;
  /** Versions and limits of one host; null when it cannot be asked. */
  read(host: string, signal?: AbortSignal): Promise<HostRead | null>;
  readAll(signal?: AbortSignal): Promise<Host[]>;
}

export function createClusterHosts(desk: Desk, clock: Clock): ClusterHosts {
  const known = new Map<string, { readonly atMs: number; readonly read: HostRead }>();

  async function list(signal?: AbortSignal): Promise<HostList> {
    return desk.ask('hosts.list', {}, { signal });
  }

  async function read(host: string, signal?: AbortSignal): Promise<HostRead | null> {
    const cached = known.get(host);
    const nowMs = clock.monotonicMs();
    if (cached !== undefined && nowMs - cached.atMs <= readMsMax) return cached.read;
    const tried = await desk.tryTo('host.read', { host }, { signal });
    signal?.throwIfAborted();
    if (tried.kind !== 'answer') return null;
    known.set(host, { atMs: nowMs, read: tried.data });
    return tried.data;
  }

  return {
    list,
    read,
    async require(names, signal) {
      const seen = await list(signal);
      const missing = names.find((name) => !seen.hosts.some((host) => host.name === name));
      if (missing === undefined) return seen;
      throw new AppError('driver.host-unknown', `the cluster has no host ${missing.slice(0, 100)}`);
    },
    async readAll(signal) {
      const { hosts, parallelMax } = await list(signal);
      const rows: Host[] = [];
      const untilMs = clock.monotonicMs() + readAllMsMax;
      for (const { name, state } of hosts) {
        const isLate = state === 'down' || clock.monotonicMs() > untilMs;
        const seen = isLate ? (known.get(name)?.read ?? null) : await read(name, signal);
        rows.push({ name, state, ...toHost(seen, parallelMax) });
      }
      return rows;
    },
  };
}

function toHost(seen: HostRead | null, parallelMax: number | null): Omit<Host, 'name' | 'state'> {
  return {
    osBuild: seen?.osBuild ?? null,
    cpuVendor: seen?.cpuVendor ?? null,
    hypervisorFiles: seen?.files ?? [],
    hotfixes: seen?.hotfixes ?? [],
    migrationsMax: limitOf(seen?.migrationsMax ?? null, parallelMax),
    memoryMiB: seen?.memoryMiB ?? null,
    memoryFreeMiB: seen?.memoryFreeMiB ?? null,
  };
}

/** The smaller of the two limits that can be read: each of them refuses by itself. */
function limitOf(host: number | null, cluster: number | null): number | null {
  if (host === null) return cluster;
  return cluster === null ? host : Math.min(host, cluster);
}
