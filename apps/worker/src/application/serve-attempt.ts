import { AppError } from '@gauntlet/shared/contracts/errors';
import type { Heartbeat } from '@gauntlet/shared/contracts/worker-messages';
import type { AttemptPhase } from '@gauntlet/shared/domain/bugcheck';
import type { AttemptPorts } from './attempt-scope.ts';
import type { DriverSlot } from './driver-slot.ts';
import { toText } from './limits.ts';
import type { AttemptJob, AttemptReport } from './ports.ts';
import { runAttempt } from './run-attempt.ts';
import { toUnbegunReport } from './to-report.ts';

/** How long to wait for the directory to name the revision a job was planned on, real ms. */
const revisionMsMax = 5_000;
const revisionEveryMs = 250;

/** What a worker has in hands, for its heartbeat. */
export interface RunningAttempts {
  begin(running: Heartbeat['running'][number]): void;
  enter(attemptId: string, phase: AttemptPhase): void;
  end(attemptId: string): void;
  list(): Heartbeat['running'];
}

const listedMax = 1_024;

export function createRunningAttempts(): RunningAttempts {
  const running = new Map<string, Heartbeat['running'][number]>();
  return {
    begin: (attempt) => void running.set(attempt.attemptId, attempt),
    enter(attemptId, phase) {
      const attempt = running.get(attemptId);
      if (attempt !== undefined) running.set(attemptId, { ...attempt, phase });
    },
    end: (attemptId) => void running.delete(attemptId),
    list: () => [...running.values()].slice(0, listedMax),
  };
}

export interface ServePorts extends Omit<AttemptPorts, 'driver' | 'onPhase'> {
  readonly slot: DriverSlot;
  /** The newest revision of the cluster this worker knows. */
  readonly revision: () => number;
  readonly running: RunningAttempts;
  /** Reads the cluster directory now. */
  readonly refresh: () => Promise<void>;
}

/** Runs the attempt of one job on its cluster's driver, or reports why there is none. */
export async function serveAttempt(
  job: AttemptJob,
  { slot, revision, running, refresh, ...ports }: ServePorts,
  signal: AbortSignal,
): Promise<AttemptReport> {
  const { attemptId, clusterId } = job;
  const startedAt = ports.clock.now();
  const unbegun = (outcome: 'cancelled' | 'rig-fault', reason: string) =>
    toUnbegunReport(
      job,
      { workerId: ports.workerId, startedAt, finishedAt: ports.clock.now() },
      { outcome, reason },
    );
  running.begin({ attemptId, clusterId, phase: 'before', startedAt });
  try {
    if (!(await isCurrent())) {
      return unbegun(
        'rig-fault',
        `this worker knows no revision ${job.clusterRevision} of the cluster`,
      );
    }
    const onPhase = (phase: AttemptPhase) => running.enter(attemptId, phase);
    return await slot.use((driver) => runAttempt(job, { ...ports, driver, onPhase }, signal));
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    // Only a driver that cannot be built throws one: an attempt itself never rejects.
    ports.log.warn({ attemptId, reason: error.message }, 'attempt has no driver');
    return unbegun('rig-fault', `${error.code}: ${toText(error)}`);
  } finally {
    running.end(attemptId);
  }

  async function isCurrent(): Promise<boolean> {
    const giveUpAtMs = ports.clock.monotonicMs() + revisionMsMax;
    while (revision() < job.clusterRevision) {
      if (ports.clock.monotonicMs() >= giveUpAtMs || signal.aborted) return false;
      await refresh();
      if (revision() >= job.clusterRevision) return true;
      await ports.clock.sleep(revisionEveryMs, signal).catch(() => {});
    }
    return true;
  }
}
