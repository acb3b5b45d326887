import type { AttemptReport } from '@gauntlet/shared/contracts/attempt-report';
import type { AttemptPhase } from '@gauntlet/shared/domain/bugcheck';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import { type AttemptLimits, type Bounded, within } from './limits.ts';
import type { Observation } from './observe-guest.ts';
import type {
  AttemptJob,
  DriverLog,
  EvidenceStore,
  HypervisorDriver,
  StartGate,
  VmLocation,
} from './ports.ts';
import type { Timeline } from './timeline.ts';

export interface AttemptPorts {
  readonly driver: HypervisorDriver;
  readonly gate: StartGate;
  readonly evidence: EvidenceStore;
  /** The worker's own clock: records and limits. Phases are measured on the driver's. */
  readonly clock: Clock;
  readonly workerId: string;
  readonly log: DriverLog;
  readonly limits: AttemptLimits;
  readonly onPhase: (phase: AttemptPhase) => void;
  /** Told before a crashed VM is brought back, which may take minutes: the finding as it stands. */
  readonly onBugcheck: (report: AttemptReport) => void;
}

/** Everything one attempt's steps share. */
export interface AttemptScope {
  readonly job: AttemptJob;
  readonly ports: AttemptPorts;
  readonly signal: AbortSignal;
  readonly timeline: Timeline;
  readonly observation: Observation;
}

/** One bounded question to the cluster or act on it, `ms` real milliseconds at most. */
export function ask<Value>(
  { ports, signal }: AttemptScope,
  ms: number,
  work: (signal: AbortSignal) => Promise<Value>,
): Promise<Bounded<Value>> {
  const { clock, limits } = ports;
  return within({ clock, signal, ms, abortMs: limits.abortMs }, work);
}

/**
 * Where the VM is now; null when the cluster does not say. Asked even when the worker is being
 * stopped, only shorter then: where a VM ended up is the one thing worth waiting for.
 */
export async function locate(scope: AttemptScope): Promise<VmLocation | null> {
  const { driver, clock, limits } = scope.ports;
  const located = await within(
    {
      clock,
      signal: scope.signal.aborted ? new AbortController().signal : scope.signal,
      ms: scope.signal.aborted ? limits.abortMs : limits.askMs,
      abortMs: limits.abortMs,
    },
    (signal) => driver.locate(scope.job.vm.id, signal),
  );
  return located.kind === 'done' ? located.value : null;
}
