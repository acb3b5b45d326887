import type {
  AttemptReport,
  BugcheckPayload,
  EvidencePayload,
  FingerprintPayload,
} from '@gauntlet/shared/contracts/attempt-report';
import type { PhaseDurations } from '@gauntlet/shared/domain/attempt';
import type { Bugcheck } from '@gauntlet/shared/domain/bugcheck';
import type { Instant } from '@gauntlet/shared/kernel/instant';
import type { Classified, Motion } from './classify.ts';
import { clipMaybe, clipName, clipNameMaybe, clipText, toDuration } from './clip.ts';
import type { AttemptJob } from './ports.ts';
import type { Timeline } from './timeline.ts';

export interface Ended {
  readonly classified: Classified;
  readonly motion: Motion;
  readonly phases: Omit<PhaseDurations, 'queueMs'>;
  readonly locatedOn: string | null;
  readonly fingerprint: FingerprintPayload | null;
  readonly evidence: readonly EvidencePayload[];
  readonly timeline: Timeline;
}

export interface Span {
  readonly workerId: string;
  readonly startedAt: Instant;
  readonly finishedAt: Instant;
}

const nothing: Omit<PhaseDurations, 'queueMs'> = {
  copyMs: null,
  blackoutMs: null,
  settleMs: null,
  recoveryMs: null,
};

/** The report of an attempt that never came as far as its VM. */
export function toUnbegunReport(
  job: AttemptJob,
  span: Span,
  { outcome, reason }: { outcome: 'cancelled' | 'rig-fault' | 'indeterminate'; reason: string },
): AttemptReport {
  return {
    ...toHead(job, span),
    outcome,
    reason: clipText(reason),
    phases: { queueMs: toQueueMs(job, span), ...nothing },
    locatedOn: null,
    failure: null,
    bugcheck: null,
    fault: null,
    fingerprint: null,
    evidence: [],
    timeline: [],
  };
}

export function toReport(job: AttemptJob, span: Span, ended: Ended): AttemptReport {
  const { classified, motion, phases, locatedOn, fingerprint, evidence, timeline } = ended;
  const { outcome, reason, bugcheck, fault } = classified;
  return {
    ...toHead(job, span),
    outcome,
    reason: clipMaybe(reason),
    phases: {
      queueMs: toQueueMs(job, span),
      copyMs: toDuration(phases.copyMs),
      blackoutMs: toDuration(phases.blackoutMs),
      settleMs: toDuration(phases.settleMs),
      recoveryMs: toDuration(phases.recoveryMs),
    },
    locatedOn: clipNameMaybe(locatedOn),
    failure: motion.kind === 'failed' ? toFailurePayload(motion.failure) : null,
    bugcheck: bugcheck === null ? null : toBugcheckPayload(bugcheck),
    fault: fault === null ? null : { probe: clipName(fault.probe), detail: clipText(fault.detail) },
    fingerprint,
    evidence: [...evidence],
    timeline: timeline.entries(),
  };
}

function toHead(job: AttemptJob, { workerId, startedAt, finishedAt }: Span) {
  return {
    v: 1,
    attemptId: job.attemptId,
    campaignId: job.campaignId,
    clusterId: job.clusterId,
    workerId,
    startedAt,
    finishedAt,
  } as const;
}

/** Two machines' clocks: only roughly true, and never negative. */
function toQueueMs(job: AttemptJob, { startedAt }: Span): number {
  return Math.max(0, startedAt - job.queuedAt);
}

function toFailurePayload(
  failure: Extract<Motion, { kind: 'failed' }>['failure'],
): NonNullable<AttemptReport['failure']> {
  return {
    class: failure.class,
    code: clipMaybe(failure.code),
    message: clipText(failure.message),
  };
}

function toBugcheckPayload(bugcheck: Bugcheck): BugcheckPayload {
  return {
    subject: bugcheck.subject,
    host: clipNameMaybe(bugcheck.host),
    code: bugcheck.code === null ? null : bugcheck.code >>> 0,
    parameters: bugcheck.parameters
      .filter((parameter) => /^0x[0-9A-Fa-f]{1,16}$/.test(parameter))
      .slice(0, 4),
    module: clipNameMaybe(bugcheck.module),
    function: clipNameMaybe(bugcheck.function),
    offset: bugcheck.offset === null ? null : Math.trunc(bugcheck.offset),
    reason: clipMaybe(bugcheck.reason),
    occurredAt: bugcheck.occurredAt,
    phase: bugcheck.phase,
    msSinceSwitchover: bugcheck.msSinceSwitchover,
    channels: bugcheck.channels.slice(0, 32).map(clipName),
  };
}

/** What is left of a report that breaks its own contract. */
export function toUnsendableReport(report: AttemptReport, faults: string): AttemptReport {
  return {
    v: 1,
    attemptId: report.attemptId,
    campaignId: report.campaignId,
    clusterId: report.clusterId,
    workerId: report.workerId,
    startedAt: report.startedAt,
    finishedAt: report.finishedAt,
    outcome: 'rig-fault',
    reason: clipText(`its report (${report.outcome}) could not be sent: ${faults}`),
    phases: { queueMs: null, ...nothing },
    locatedOn: clipNameMaybe(report.locatedOn),
    failure: null,
    bugcheck: null,
    fault: null,
    fingerprint: null,
    evidence: [],
    timeline: [],
  };
}
