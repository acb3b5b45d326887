import { AppError } from '@gauntlet/shared/contracts/errors';
import type { AttemptWindow } from '@gauntlet/shared/evidence/attribution';
import type { GuestEvent } from '../../application/ports.ts';
import type { EventPump } from './event-pump.ts';
import { createGuestWatch } from './guest-watch.ts';
import { logs } from './hyperv-logs.ts';
import type { LogMarks, PumpParts } from './pump-parts.ts';

/** Windows remembered of each VM, to blame crashes that only a boot tells of. */
const windowsMax = 16;

export interface Watcher {
  watch(vmId: string, onEvent: (event: GuestEvent) => void, signal: AbortSignal): Promise<void>;
}

export function createWatcher(parts: PumpParts, pump: EventPump): Watcher {
  const { locator, settings, clock } = parts;
  const windowsOf = new Map<string, AttemptWindow[]>();
  let count = 0;

  function openWindow(vmId: string, hosts: readonly string[], signal: AbortSignal) {
    count += 1;
    const opened = { attemptId: `watch-${count}`, vmId, hosts, startedAt: clock.now() };
    const windows = windowsOf.get(vmId) ?? [];
    windowsOf.set(vmId, [...windows.slice(1 - windowsMax), { ...opened, endedAt: null }]);
    signal.addEventListener(
      'abort',
      () => {
        const closed = (windowsOf.get(vmId) ?? []).map((one) =>
          one.attemptId === opened.attemptId ? { ...one, endedAt: clock.now() } : one,
        );
        windowsOf.set(vmId, closed);
      },
      { once: true },
    );
    return windowsOf.get(vmId) ?? [];
  }

  return {
    async watch(vmId, onEvent, signal) {
      const row = await locator.find(vmId, signal);
      const marks = await markHosts(parts, signal);
      signal.throwIfAborted();
      const windows = openWindow(vmId, [...marks.keys()], signal);
      const watch = createGuestWatch({
        vmId,
        host: row.host,
        armedAt: clock.now(),
        marks: new Map([...marks].map(([host, { worker }]) => [host, worker])),
        windows,
        heartbeatLostMs: settings.heartbeatLostMs,
        clockSkewMs: settings.clockSkewMs,
        emit: (event) => {
          if (!signal.aborted) onEvent(event);
        },
      });
      pump.add(watch, marks, signal);
    },
  };
}

/**
 * Where every host's logs stand now. A host whose log cannot be read would leave the watch blind on
 * one eye, so then there is no watch at all.
 */
async function markHosts(
  { desk, hosts }: PumpParts,
  signal: AbortSignal,
): Promise<Map<string, LogMarks>> {
  const marks = new Map<string, LogMarks>();
  const seen = await hosts.list(signal);
  for (const { name, state } of seen.hosts) {
    if (state === 'down') continue;
    const wanted = [logs.worker, logs.system];
    const { marks: found } = await desk.ask(
      'events.mark',
      { host: name, logs: wanted },
      { signal },
    );
    const markOf = (log: string) => {
      const mark = found.find((one) => one.log === log);
      return mark?.exists === true ? BigInt(mark.newestRecordId ?? '0') : null;
    };
    const worker = markOf(logs.worker);
    if (worker === null) {
      throw new AppError('driver.unavailable', `${name} has no event log ${logs.worker}`);
    }
    marks.set(name, { worker, system: markOf(logs.system) ?? 0n });
  }
  return marks;
}
