import type { StopError } from '@gauntlet/shared/domain/bugcheck';
import type { GuestWatch } from './guest-watch.ts';
import type { LogRead, LogReader } from './host-logs.ts';
import { createHostStates } from './host-states.ts';
import { idsOf, logs } from './hyperv-logs.ts';
import type { PumpParts } from './pump-parts.ts';

export interface HostLookout {
  /** Looks at the list of hosts; tells the watches of those that went down or came back. */
  look(signal: AbortSignal): Promise<void>;
  reachable(): readonly string[];
  /** Tells the watches when a host's log lost records or cannot be read. */
  noteRead(host: string, read: LogRead): void;
}

/** Failed reads of one host's log in a row before its watches are told that they are blind. */
const failuresMax = 3;

const noCode: StopError = {
  code: null,
  parameters: [],
  module: null,
  function: null,
  offset: null,
  reason: null,
};

export function createHostLookout(
  { hosts, clock, log }: Pick<PumpParts, 'hosts' | 'clock' | 'log'>,
  reader: LogReader,
  watches: ReadonlySet<GuestWatch>,
): HostLookout {
  const states = createHostStates();
  const failures = new Map<string, number>();

  /** All VMs of a host vanish together: one incident, told by the attempt that began last. */
  function tellHostDown(host: string): void {
    const at = clock.now();
    const affected = [...watches].filter((watch) => watch.host === host);
    const last = affected.at(-1);
    last?.onHostCrash(host, noCode, { at, channel: 'host-down' });
    for (const watch of affected.slice(0, -1)) {
      watch.onRig(at, `host ${host} went down; another attempt tells of it`);
    }
    states.blame(host, last ?? null);
  }

  /** The record of why it went down, for the watch that told of it, if it still runs. */
  async function readBoot(host: string, signal: AbortSignal): Promise<void> {
    const query = { host, log: logs.system, ids: idsOf.boots, subject: 'host' } as const;
    const read = await reader.readNew(query, signal);
    if (read.kind !== 'read') return;
    const told = read.events.find(({ finding }) => finding.stop !== null)?.finding;
    const watch = states.blamed(host);
    if (told?.stop == null || watch === null || !watches.has(watch)) return;
    watch.onHostCrash(host, told.stop, { at: told.at ?? clock.now(), channel: told.channel });
  }

  function tellAll(detail: string): void {
    for (const watch of watches) watch.onRig(clock.now(), detail);
  }

  return {
    reachable: () => states.up(),
    async look(signal) {
      const seen = await hosts.list(signal).catch(() => null);
      if (seen === null) return;
      const { wentDown, cameBack } = states.update(seen.hosts);
      for (const host of wentDown) tellHostDown(host);
      for (const host of cameBack) await readBoot(host, signal);
    },
    noteRead(host, read) {
      if (read.kind === 'read') {
        failures.delete(host);
        if (read.lost) tellAll(`the log ${logs.worker} of ${host} lost records: enlarge it`);
        return;
      }
      const count = (failures.get(host) ?? 0) + 1;
      failures.set(host, count);
      if (count !== failuresMax) return;
      log.warn({ host, reason: read.reason }, 'event log cannot be read');
      tellAll(`the event log of ${host} cannot be read: ${read.reason}`);
    },
  };
}
