import type { Clock } from '@gauntlet/shared/kernel/clock';
import { within } from './process/deadline.ts';
import type { EventWanted, QmpEvent } from './process/event-log.ts';
import type { QemuProcess } from './process/qemu-process.ts';
import type { QmpClient } from './process/qmp-client.ts';
import { MigrationEvent, MigrationInfo, RunState } from './process/qmp-messages.ts';
import { readAs } from './read-as.ts';

export interface MoveParts {
  readonly source: QemuProcess;
  readonly destination: QemuProcess;
  /** Path of the destination's socket, relative to the run folder of both. */
  readonly socket: string;
  /** Where the source connects to; the destination's socket unless a relay lies in between. */
  readonly link: string;
  readonly sharedRam: boolean;
  readonly bandwidthBytesPerSecond: number;
  readonly downtimeLimitMs: number;
  readonly timeoutMs: number;
  readonly stallMsMax: number;
  /** false only to show what happens without it: a source that believes a dead destination. */
  readonly returnPath: boolean;
  readonly clock: Clock;
}

/** Times are QEMU's own, fractional ms since the epoch. */
export type MoveEnd =
  | {
      readonly kind: 'completed';
      readonly startedAtMs: number;
      /** null when the guest was stopped before the migration began: it panicked. */
      readonly stoppedAtMs: number | null;
      readonly resumedAtMs: number;
      /** The guest panicked on the way: the destination has a dead guest, and no event says so. */
      readonly panicked: boolean;
    }
  /** The guest verifiably runs on the source. */
  | { readonly kind: 'failed'; readonly cancelled: boolean; readonly message: string }
  /** It runs on neither, or nobody can say. */
  | { readonly kind: 'lost'; readonly message: string };

const progressEveryMs = 250;
const afterCancelMsMax = 5_000;
const resumeMsMax = 10_000;

/**
 * One live migration between two processes over QMP. Ends within `timeoutMs` plus a few seconds for
 * cancelling, whatever the link or the processes do; an abort cancels.
 */
export async function moveGuest(parts: MoveParts, signal: AbortSignal): Promise<MoveEnd> {
  const { source, destination } = parts;
  await prepare(parts);
  const since = source.qmp.events.count;
  const sinceDestination = destination.qmp.events.count;
  await destination.qmp.execute('migrate-incoming', { uri: `unix:${parts.socket}` });
  const started = source.qmp.execute('migrate', { uri: `unix:${parts.link}` });
  try {
    await started;
  } catch (err) {
    return verifySource(parts, { cancelled: false, message: String(err) });
  }
  const end = await awaitEnd(parts, since, signal);
  if (end === 'closed') return { kind: 'lost', message: 'the source process died' };
  if (end === 'late') return verifySource(parts, { cancelled: true, message: 'cancelling hung' });
  if (statusOf(end.event) !== 'completed') {
    const message = end.why ?? (await failureText(source.qmp));
    return verifySource(parts, { cancelled: end.why !== null, message });
  }
  return verifyDestination(parts, { since, sinceDestination });
}

async function prepare(parts: MoveParts): Promise<void> {
  const { source, destination, sharedRam, returnPath } = parts;
  const capabilities = [
    { capability: 'events', state: true },
    { capability: 'return-path', state: returnPath },
    { capability: 'x-ignore-shared', state: sharedRam },
  ];
  await Promise.all([
    source.qmp.execute('migrate-set-capabilities', { capabilities }),
    destination.qmp.execute('migrate-set-capabilities', { capabilities }),
    source.qmp.execute('migrate-set-parameters', {
      'max-bandwidth': parts.bandwidthBytesPerSecond,
      'downtime-limit': parts.downtimeLimitMs,
    }),
    destination.qmp.execute('migrate-set-parameters', { 'announce-rounds': 1 }),
  ]);
}

interface Ending {
  readonly event: QmpEvent;
  /** Why we cancelled it; null when we did not. */
  readonly why: string | null;
}

/** Waits for the end; cancels on abort, at the deadline, and when nothing moves any more. */
async function awaitEnd(
  parts: MoveParts,
  since: number,
  signal: AbortSignal,
): Promise<Ending | 'late' | 'closed'> {
  const { source, clock, timeoutMs, stallMsMax } = parts;
  const giveUpAtMs = clock.monotonicMs() + timeoutMs;
  const progress = createProgress(clock);
  for (;;) {
    const waitMsMax = Math.max(0, Math.min(progressEveryMs, giveUpAtMs - clock.monotonicMs()));
    const seen = await abortable(source.qmp, { since, match: isEnd, waitMsMax, signal });
    if (seen === 'closed') return 'closed';
    if (typeof seen !== 'string') return { event: seen, why: null };
    const why = await reasonToCancel();
    if (why !== null) return cancel(source.qmp, since, why);
  }

  async function reasonToCancel(): Promise<string | null> {
    if (signal.aborted) return 'cancelled: the attempt was aborted';
    if (clock.monotonicMs() >= giveUpAtMs) return `not finished within ${timeoutMs} ms`;
    const stalledMs = progress.stalledMs(await transferred(source.qmp));
    return stalledMs > stallMsMax ? `no progress for ${Math.round(stalledMs)} ms` : null;
  }
}

async function abortable(qmp: QmpClient, wanted: EventWanted & { readonly signal: AbortSignal }) {
  try {
    return await qmp.events.waitFor(wanted);
  } catch (reason) {
    if (wanted.signal.aborted) return 'late';
    throw reason;
  }
}

async function cancel(qmp: QmpClient, since: number, why: string) {
  // It may complete in this very moment: the event that comes decides, not our wish.
  await qmp.execute('migrate_cancel').catch(() => {});
  const seen = await qmp.events.waitFor({ since, match: isEnd, waitMsMax: afterCancelMsMax });
  return typeof seen === 'string' ? seen : { event: seen, why };
}

function createProgress(clock: Clock) {
  let bytes = -1;
  let changedAtMs = clock.monotonicMs();
  return {
    stalledMs(now: number): number {
      if (now !== bytes) {
        bytes = now;
        changedAtMs = clock.monotonicMs();
      }
      return clock.monotonicMs() - changedAtMs;
    },
  };
}

async function transferred(qmp: QmpClient): Promise<number> {
  const info = await qmp.ask(MigrationInfo, 'query-migrate').catch(() => null);
  return info?.ram?.transferred ?? -1;
}

function statusOf(event: QmpEvent): string {
  return readAs(MigrationEvent, event.data)?.status ?? 'unknown';
}

function isEnd(event: QmpEvent): boolean {
  return (
    event.name === 'MIGRATION' && ['completed', 'failed', 'cancelled'].includes(statusOf(event))
  );
}

async function failureText(qmp: QmpClient): Promise<string> {
  const info = await qmp.ask(MigrationInfo, 'query-migrate').catch(() => null);
  return info?.['error-desc'] ?? 'QEMU gave no reason';
}

async function verifySource(
  { source, destination, clock }: MoveParts,
  { cancelled, message }: { cancelled: boolean; message: string },
): Promise<MoveEnd> {
  // The destination's last words often tell more than the source's.
  await within(destination.exited, { clock, waitMsMax: 50 });
  const said = destination.exit === null ? '' : destination.errorText().trim();
  const why = said === '' ? message : `${message}; destination: ${said}`;
  const state = await stateOf(source);
  if (state === 'running' || state === 'guest-panicked') {
    return { kind: 'failed', cancelled, message: why };
  }
  return { kind: 'lost', message: `${why}; the source is ${state}` };
}

async function verifyDestination(
  { source, destination }: MoveParts,
  { since, sinceDestination }: { since: number; sinceDestination: number },
): Promise<MoveEnd> {
  const events = source.qmp.events.since(since);
  const startedAtMs = events.find((event) => event.name === 'MIGRATION')?.atMs ?? 0;
  const stoppedAtMs = events.findLast((event) => event.name === 'STOP')?.atMs ?? null;
  const completed = (resumedAtMs: number, panicked: boolean): MoveEnd => ({
    kind: 'completed',
    startedAtMs,
    stoppedAtMs,
    resumedAtMs,
    panicked,
  });
  const state = await stateOf(destination);
  if (state === 'guest-panicked') return completed(events.at(-1)?.atMs ?? startedAtMs, true);
  const resumed = await destination.qmp.events.waitFor({
    since: sinceDestination,
    match: (event) => event.name === 'RESUME',
    waitMsMax: resumeMsMax,
  });
  if (typeof resumed !== 'string') return completed(resumed.atMs, false);
  const said = destination.errorText().trim();
  return {
    kind: 'lost',
    message: `the source reported success, the destination is ${await stateOf(destination)}: ${said}`,
  };
}

/** QEMU's run state (`running`, `guest-panicked`, `io-error`, ...), or `gone`. */
export async function stateOf(process: QemuProcess): Promise<string> {
  try {
    return (await process.qmp.ask(RunState, 'query-status')).status;
  } catch {
    return 'gone';
  }
}
