import { readGuestFindings } from './guest-log.ts';
import type { GuestWatch } from './guest-watch.ts';
import { createLogReader } from './host-logs.ts';
import { createHostLookout } from './host-lookout.ts';
import { idsOf, logs } from './hyperv-logs.ts';
import { pause } from './migrate-vm.ts';
import type { LogMarks, PumpParts } from './pump-parts.ts';

export interface EventPump extends AsyncDisposable {
  /** Feeds a watch until its signal aborts. */
  add(watch: GuestWatch, marks: ReadonlyMap<string, LogMarks>, signal: AbortSignal): void;
}

/** Polls between two looks at the list of hosts. */
const hostsEvery = 3;

/**
 * One loop for all watches of a cluster: reads what is new in every host's logs, the heartbeats of
 * its VMs and the states of the hosts, once per poll. It runs while somebody watches.
 */
export function createEventPump(parts: PumpParts): EventPump {
  const { settings, clock, log } = parts;
  const watches = new Set<GuestWatch>();
  const reader = createLogReader(parts.desk);
  const lookout = createHostLookout(parts, reader, watches);
  let running: { readonly ended: Promise<void>; readonly stop: AbortController } | null = null;

  async function run(signal: AbortSignal): Promise<void> {
    for (let round = 0; !signal.aborted; round += 1) {
      if (round % hostsEvery === 0) await lookout.look(signal);
      for (const host of lookout.reachable()) {
        await readWorkerLog(host, signal);
        await readHeartbeats(parts, { host, watches }, signal);
      }
      for (const watch of watches)
        if (watch.wantsGuestLog) await readGuestLog(parts, watch, signal);
      await pause(clock, settings.pollMs, signal);
    }
  }

  async function readWorkerLog(host: string, signal: AbortSignal): Promise<void> {
    const query = { host, log: logs.worker, ids: idsOf.crashes, subject: 'guest' } as const;
    const read = await reader.readNew(query, signal);
    if (signal.aborted) return;
    lookout.noteRead(host, read);
    if (read.kind === 'failed') return;
    for (const { recordId, finding } of read.events) {
      for (const watch of watches) {
        if (watch.vmId === finding.vmId) watch.onHostEvent(host, recordId, finding);
      }
    }
  }

  function start(): void {
    const stop = new AbortController();
    const ended = run(stop.signal).catch((err: unknown) => {
      log.error({ err }, 'watching stopped');
      for (const watch of watches) watch.onRig(clock.now(), 'watching stopped');
    });
    running = { stop, ended };
  }

  async function end(): Promise<void> {
    const old = running;
    running = null;
    old?.stop.abort();
    await old?.ended;
  }

  return {
    add(watch, marks, signal) {
      // After a rest, what lies before the new marks is of no concern.
      if (watches.size === 0) reader.forget();
      for (const [host, { worker, system }] of marks) {
        reader.begin(host, logs.worker, worker);
        reader.begin(host, logs.system, system);
      }
      watches.add(watch);
      const remove = () => {
        watches.delete(watch);
        if (watches.size === 0) void end();
      };
      signal.addEventListener('abort', remove, { once: true });
      if (running === null) start();
    },
    async [Symbol.asyncDispose]() {
      watches.clear();
      await end();
    },
  };
}

async function readHeartbeats(
  { desk, clock }: PumpParts,
  { host, watches }: { host: string; watches: ReadonlySet<GuestWatch> },
  signal: AbortSignal,
): Promise<void> {
  const tried = await desk.tryTo('host.heartbeats', { host }, { signal });
  if (tried.kind !== 'answer') return;
  const seen = { at: clock.now(), ms: clock.monotonicMs() };
  for (const beat of tried.data.vms) {
    for (const watch of watches) {
      if (watch.vmId === beat.id.toLowerCase()) watch.onHeartbeat(host, beat, seen);
    }
  }
}

async function readGuestLog(
  parts: PumpParts,
  watch: GuestWatch,
  signal: AbortSignal,
): Promise<void> {
  const findings = await readGuestFindings(parts, watch, signal);
  if (findings !== null) watch.onGuestLog(findings);
}
