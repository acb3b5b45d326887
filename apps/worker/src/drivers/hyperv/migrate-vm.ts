import { AppError } from '@gauntlet/shared/contracts/errors';
import type { MigrationFailure, MigrationResult } from '@gauntlet/shared/domain/migration';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { Instant } from '@gauntlet/shared/kernel/instant';
import type { MigrationRequest } from '../../application/ports.ts';
import { classifyFailure, type FailureSigns } from './classify-failure.ts';
import type { ClusterHosts } from './cluster-hosts.ts';
import type { Desk, Tried } from './desk.ts';
import { isMigrating, type Locator } from './locator.ts';
import { type Marks, markLogs, readCompletion, readFailures } from './migration-events.ts';
import type { VmWhereabouts } from './operations.ts';
import type { HypervSettings } from './options.ts';

export interface MoverParts {
  readonly desk: Desk;
  readonly hosts: ClusterHosts;
  readonly locator: Locator;
  readonly settings: HypervSettings;
  readonly clock: Clock;
}

/** A started move may not show for this long; until then standing still proves nothing, ms. */
const startMsMax = 10_000;

export interface Mover {
  migrate(request: MigrationRequest, signal: AbortSignal): Promise<MigrationResult>;
}

/**
 * Moves VMs and trusts no call's return: a move is started without waiting, then the cluster is
 * polled until the VM runs on its target, rests on its source, or time is up. A shell that dies
 * meanwhile costs one poll, not the outcome.
 */
export function createMover(parts: MoverParts): Mover {
  const moving = new Set<string>();
  return {
    async migrate(request, signal) {
      if (signal.aborted) throw aborted();
      try {
        const row = await parts.locator.find(request.vmId, signal);
        await parts.hosts.require([request.source, request.target], signal);
        const refusal = refusalOf(request, row, moving);
        if (refusal !== null) return { kind: 'failed', failure: refusal };
        moving.add(request.vmId);
        return await move(
          parts,
          { request, vmName: row.name ?? '', baseline: row },
          signal,
        ).finally(() => moving.delete(request.vmId));
      } catch (error) {
        // Nothing throws once the move was begun, so nothing was moved.
        if (signal.aborted) return { kind: 'failed', failure: cancelled };
        throw error;
      }
    },
  };
}

const cancelled: MigrationFailure = {
  class: 'cancelled',
  code: null,
  message: 'the migration was cancelled',
};

/** Why a move is not even begun; null when it may be. */
function refusalOf(
  { vmId, source, target }: MigrationRequest,
  row: VmWhereabouts,
  moving: ReadonlySet<string>,
): MigrationFailure | null {
  const refuse = (errorClass: MigrationFailure['class'], message: string) => ({
    class: errorClass,
    code: null,
    message,
  });
  if (moving.has(vmId) || isMigrating(row)) return refuse('busy', 'the VM is being moved already');
  if (row.host !== source) {
    return refuse('permanent-config', `the VM is on ${row.host ?? 'no host'}, not on ${source}`);
  }
  if (source === target) return refuse('permanent-config', 'source and target are one host');
  if (row.state !== 'running') return refuse('permanent-config', `the VM is ${row.state}`);
  return null;
}

interface Move {
  readonly request: MigrationRequest;
  readonly vmName: string;
  readonly baseline: VmWhereabouts;
}

async function move(parts: MoverParts, job: Move, signal: AbortSignal): Promise<MigrationResult> {
  const { desk, clock } = parts;
  const { vmId, source, target } = job.request;
  const marks = await markLogs(desk, [source, target], signal);
  signal.throwIfAborted();
  const startedMs = clock.monotonicMs();
  const started = await desk.tryTo('migration.start', { vmId, source, target });
  const ended = await settle(parts, job, { signal, startedMs, started });
  const tookMs = clock.monotonicMs() - startedMs;
  const at = clock.now();
  switch (ended.kind) {
    case 'arrived':
      return completed(parts, job, { marks, at, tookMs });
    case 'stayed':
      return { kind: 'failed', failure: await explain(parts, job, { marks, ended, started }) };
    default:
      return { kind: 'unknown', failure: await explain(parts, job, { marks, ended, started }) };
  }
}

interface Ended {
  readonly kind: 'arrived' | 'stayed' | 'lost';
  readonly row: VmWhereabouts | null;
  /** `cancelled` by the caller, `late` by its deadline; null when it ended by itself. */
  readonly because: 'cancelled' | 'late' | null;
}

interface Start {
  readonly signal: AbortSignal;
  readonly startedMs: number;
  readonly started: Tried<'migration.start'>;
}

/** Polls until the VM is at rest. A deadline or an abort cancels the move and polls on. */
async function settle(parts: MoverParts, job: Move, start: Start): Promise<Ended> {
  const { clock, settings, desk } = parts;
  const { vmId, source, timeoutMs } = job.request;
  const { signal, startedMs, started } = start;
  const progress = { isSeen: started.kind === 'refused', sinceMs: startedMs };
  let giveUpMs = startedMs + timeoutMs;
  let because: Ended['because'] = null;
  let row: VmWhereabouts | null = null;
  for (;;) {
    row = (await look(parts, vmId)) ?? row;
    const rest =
      row === null ? null : restOf(row, job, { ...progress, nowMs: clock.monotonicMs() });
    if (row !== null && isMigrating(row)) progress.isSeen = true;
    if (rest !== null) return { kind: rest, row, because };
    const isLate = clock.monotonicMs() >= giveUpMs;
    if (isLate && because !== null) return { kind: 'lost', row, because };
    if (because === null && (isLate || signal.aborted)) {
      because = signal.aborted ? 'cancelled' : 'late';
      giveUpMs = clock.monotonicMs() + settings.cancelMs;
      await desk.tryTo('migration.cancel', { vmId, source });
      progress.isSeen = true;
    }
    await pause(clock, settings.pollMs, because === null ? signal : undefined);
  }
}

/** Where the VM came to rest; null while nobody can say. */
function restOf(
  row: VmWhereabouts,
  { request, baseline }: Move,
  { isSeen, sinceMs, nowMs }: { isSeen: boolean; sinceMs: number; nowMs: number },
): 'arrived' | 'stayed' | null {
  if (isMigrating(row)) return null;
  if (row.host === request.target) return 'arrived';
  if (row.host !== request.source) return null;
  // MigrationState keeps a failure until the next move: only a new one tells.
  const hasFailed = row.migrationState === 5 && baseline.migrationState !== 5;
  return hasFailed || isSeen || nowMs - sinceMs > startMsMax ? 'stayed' : null;
}

/** One poll; null when the cluster could not be asked this time. */
async function look({ locator }: MoverParts, vmId: string): Promise<VmWhereabouts | null> {
  return locator.find(vmId).catch(() => null);
}

async function completed(
  { desk }: MoverParts,
  { request }: Move,
  { marks, at, tookMs }: { marks: Marks; at: Instant; tookMs: number },
): Promise<MigrationResult> {
  const { vmId, source, target } = request;
  const word = await readCompletion(desk, marks, { vmId, hosts: [source, target] });
  const blackoutMs = word?.blackoutMs ?? null;
  return {
    kind: 'completed',
    // The hosts' own time is nearer to the hand-over than our poll, and of the crash's clock.
    switchedOverAt: word?.at ?? at,
    copyMs: Math.max(0, tookMs - (blackoutMs ?? 0)),
    blackoutMs,
  };
}

async function explain(
  { desk, settings }: MoverParts,
  { request, vmName }: Move,
  { marks, ended, started }: { marks: Marks; ended: Ended; started: Tried<'migration.start'> },
): Promise<MigrationFailure> {
  if (ended.because === 'cancelled' && ended.kind === 'stayed') {
    return cancelled;
  }
  const { vmId, source, target } = request;
  const events = await readFailures(desk, marks, { vmId, vmName, hosts: [source, target] });
  const signs = signsOf(started, ended, events);
  return classifyFailure(signs, { 'Gauntlet.DryRun': 'cancelled', ...settings.errorClasses });
}

function signsOf(
  started: Tried<'migration.start'>,
  { row, because, kind }: Ended,
  events: FailureSigns['events'] & object,
): FailureSigns {
  const failureReason = row?.failureHresult ?? null;
  if (started.kind === 'refused') {
    const { fqid, hresult, message } = started.error;
    return { fqid, hresult, failureReason, events, message };
  }
  const late = because === 'late' ? 'the migration did not end in time' : null;
  const lost = kind === 'lost' ? 'nobody can say where the VM is' : null;
  const fault = started.kind === 'fault' ? `no answer to its start: ${started.detail}` : null;
  const message = late ?? lost ?? fault ?? events[0]?.text ?? 'the VM stayed on its source';
  return { failureReason, events, message };
}

/** A pause that an abort ends early, quietly. */
export async function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  await clock.sleep(ms, signal).catch(() => {});
}

export function aborted(): AppError {
  return new AppError('migration.aborted', 'the migration was aborted before it began');
}
