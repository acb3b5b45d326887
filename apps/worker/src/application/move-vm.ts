import { AppError } from '@gauntlet/shared/contracts/errors';
import type { MigrationFailure, MigrationResult } from '@gauntlet/shared/domain/migration';
import { type AttemptScope, ask, locate } from './attempt-scope.ts';
import type { Motion } from './classify.ts';
import { type Bounded, toText } from './limits.ts';
import type { VmLocation } from './ports.ts';
import { stoppedBeforeStart } from './prepare-attempt.ts';

/** How often a cluster that still moves the VM is asked again, ms of the driver's clock. */
const locateEveryMs = 1_000;

export interface Moved {
  readonly motion: Motion;
  readonly copyMs: number | null;
  readonly blackoutMs: number | null;
}

/** The one act of an attempt, done once, and what became of it. */
export async function moveVm(scope: AttemptScope): Promise<Moved> {
  const { ports, job, timeline } = scope;
  ports.onPhase('copy');
  timeline.add('started', `${job.action} ${job.source} -> ${job.target}`);
  const ended = await ask(scope, job.timeoutMs + ports.limits.slackMs, (signal) =>
    act(scope, signal),
  );
  const moved = await toMoved(scope, ended);
  timeline.add(moved.motion.kind, toDetail(moved.motion));
  return moved;
}

function act({ ports, job }: AttemptScope, signal: AbortSignal): Promise<MigrationResult> {
  const { attemptId, timeoutMs, source, target } = job;
  const vmId = job.vm.id;
  return job.action === 'live-migration'
    ? ports.driver.migrate({ attemptId, vmId, source, target, timeoutMs }, signal)
    : ports.driver.powerCycle({ attemptId, vmId, host: source, timeoutMs }, signal);
}

async function toMoved(scope: AttemptScope, ended: Bounded<MigrationResult>): Promise<Moved> {
  if (ended.kind === 'failed') {
    if (ended.error instanceof AppError && ended.error.code === 'migration.aborted') {
      return unmeasured(stoppedBeforeStart);
    }
    return unmeasured(await resolveUnknown(scope, toFailure(ended.error)));
  }
  if (ended.kind === 'late') {
    const motion = await resolveUnknown(scope, null);
    return unmeasured(motion);
  }
  const result = ended.value;
  if (result.kind === 'failed') return unmeasured(result);
  if (result.kind === 'unknown') return unmeasured(await resolveUnknown(scope, result.failure));
  const { switchedOverAt, copyMs, blackoutMs } = result;
  return { motion: { kind: 'completed', switchedOverAt, blackoutMs }, copyMs, blackoutMs };
}

function unmeasured(motion: Motion): Moved {
  return { motion, copyMs: null, blackoutMs: null };
}

/**
 * Asks the cluster what became of a move nobody can tell about. The source's word counts only when
 * the driver is done (`failure`): a call that never ended may move the VM yet.
 */
async function resolveUnknown(
  scope: AttemptScope,
  failure: MigrationFailure | null,
): Promise<Motion> {
  const { job, timeline } = scope;
  const why = failure?.message ?? `${job.action} did not end in time`;
  timeline.add('unknown', why);
  const location = await locateAtRest(scope);
  const isAtRest = location !== null && !location.migrating && location.state === 'running';
  // A power cycle leaves no trace in a placement.
  if (isAtRest && job.action === 'live-migration') {
    if (location.host === job.target) {
      return { kind: 'completed', switchedOverAt: null, blackoutMs: null };
    }
    if (location.host === job.source && failure !== null) return { kind: 'failed', failure };
  }
  return { kind: 'unknown', reason: why };
}

async function locateAtRest(scope: AttemptScope): Promise<VmLocation | null> {
  const { clock } = scope.ports.driver;
  const found = await ask(scope, scope.ports.limits.askMs, async (signal) => {
    let location = await locate(scope);
    while (location === null || location.migrating) {
      await clock.sleep(locateEveryMs, signal);
      location = await locate(scope);
    }
    return location;
  });
  return found.kind === 'done' ? found.value : null;
}

function toFailure(error: unknown): MigrationFailure {
  return {
    class: 'tooling',
    code: error instanceof AppError ? error.code : null,
    message: toText(error),
  };
}

function toDetail(motion: Motion): string | undefined {
  if (motion.kind === 'failed') return `${motion.failure.class}: ${motion.failure.message}`;
  return motion.kind === 'completed' ? undefined : motion.reason;
}
