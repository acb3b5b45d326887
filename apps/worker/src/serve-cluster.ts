import type { AttemptReport } from '@gauntlet/shared/contracts/attempt-report';
import type { ClusterDefinition } from '@gauntlet/shared/contracts/cluster-definition';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { Logger } from '@gauntlet/shared/platform/logger';
import type { QueueBackend, QueueJob } from '@gauntlet/shared/platform/queue-backend';
import { createConsumers } from './adapters/bullmq/consumers.ts';
import type { ServedCluster } from './adapters/cluster-directory.ts';
import { answerControl } from './application/answer-control.ts';
import { createDriverSlot } from './application/driver-slot.ts';
import { attemptLimits } from './application/limits.ts';
import type {
  EvidenceStore,
  HypervisorDriver,
  ReportQueue,
  StartGate,
} from './application/ports.ts';
import { type RunningAttempts, serveAttempt } from './application/serve-attempt.ts';
import type { WorkerConfig } from './config.ts';

export interface ServeParts {
  readonly config: WorkerConfig;
  readonly backend: QueueBackend;
  readonly reports: ReportQueue;
  readonly gate: StartGate;
  readonly evidence: EvidenceStore;
  readonly running: RunningAttempts;
  readonly inHands: Set<QueueJob>;
  readonly build: (definition: ClusterDefinition) => Promise<HypervisorDriver>;
  readonly refresh: () => Promise<void>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborts what is in hands. */
  readonly signal: AbortSignal;
}

/** One cluster: its driver, its attempts, its questions. Closing lets what is in hands end first. */
export function serveCluster(definition: ClusterDefinition, parts: ServeParts): ServedCluster {
  const { config, backend, reports, gate, evidence, running, refresh, clock, signal } = parts;
  const log = parts.log.child({ cluster: definition.name });
  const slot = createDriverSlot(definition, { build: parts.build, clock });
  let latest = definition;
  const workerId = config.workerName;
  const revision = () => latest.revision;
  // The final report says it all again, so nobody waits for this one.
  const onBugcheck = (report: AttemptReport): void => {
    reports
      .sendAhead(report)
      .catch((err: unknown) => log.debug({ err }, 'bugcheck not told ahead'));
  };
  const asked = { slot, revision, gate, evidence, running, refresh };
  const serving = { ...asked, onBugcheck, clock, workerId, log };
  const consumers = createConsumers({
    clusterId: definition.id,
    workerId,
    concurrency: config.concurrency,
    lockMs: config.lockMs,
    backend,
    reports,
    inHands: parts.inHands,
    clock,
    log,
    serveAttempt: (job) => serveAttempt(job, { ...serving, limits: attemptLimits }, signal),
    answerControl: (request) =>
      answerControl(request, { clock, workerId, useDriver: (work) => slot.use(work) }, signal),
  });
  return {
    get definition() {
      return latest;
    },
    update(next) {
      latest = next;
      slot.replace(next).catch((err: unknown) => log.warn({ err }, 'driver could not be closed'));
    },
    async [Symbol.asyncDispose]() {
      await consumers[Symbol.asyncDispose]();
      await slot[Symbol.asyncDispose]();
    },
  };
}
