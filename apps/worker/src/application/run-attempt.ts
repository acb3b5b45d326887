import type { Instant } from '@gauntlet/shared/kernel/instant';
import { type AttemptPorts, type AttemptScope, ask, locate } from './attempt-scope.ts';
import { type Classified, classify } from './classify.ts';
import { collectEvidence, type KeptEvidence } from './collect-evidence.ts';
import { over, toReason } from './limits.ts';
import { type Moved, moveVm } from './move-vm.ts';
import { createObservation, mergeStops } from './observe-guest.ts';
import type { AttemptJob, AttemptReport, GuestEvent } from './ports.ts';
import { type Prepared, prepareAttempt } from './prepare-attempt.ts';
import { type Proof, proveLife } from './prove-life.ts';
import { createTimeline, type Timeline } from './timeline.ts';
import { toReport } from './to-report.ts';

/**
 * Runs one attempt, once, and tells what it found. Whatever the cluster does, it ends within the
 * job's `timeoutMs` and `settleMs` and the limits of the ports; when `signal` aborts it ends sooner
 * and says so. Never rejects but for our own bugs, and never moves a VM twice.
 */
export async function runAttempt(
  job: AttemptJob,
  ports: AttemptPorts,
  signal: AbortSignal,
): Promise<AttemptReport> {
  const startedAt = ports.clock.now();
  const timeline = createTimeline(ports.driver.clock);
  const observation = createObservation((event) => note(timeline, event));
  const scope: AttemptScope = { job, ports, signal, timeline, observation };
  const since = ports.driver.clock.now();
  const watching = new AbortController();
  try {
    ports.onPhase('before');
    const prepared = await prepareAttempt(scope, watching.signal);
    const seen = await act(scope, prepared);
    watching.abort(over);
    const { classified, evidence } = await keepEvidence(scope, seen, since);
    const reportAfter = (recovery: Recovery): AttemptReport => {
      const span = { workerId: ports.workerId, startedAt, finishedAt: ports.clock.now() };
      return toReport(job, span, {
        classified,
        motion: seen.moved.motion,
        phases: { ...seen.moved, settleMs: seen.proof.settleMs, recoveryMs: recovery.ms },
        locatedOn: recovery.host ?? seen.locatedOn,
        fingerprint: prepared.fingerprint,
        evidence,
        timeline,
      });
    };
    if (!mustRecover(scope, seen)) return reportAfter(noRecovery);
    if (classified.bugcheck !== null)
      ports.onBugcheck({ ...reportAfter(noRecovery), recovering: true });
    return reportAfter(await recover(scope));
  } finally {
    watching.abort(over);
  }
}

interface Seen {
  readonly moved: Moved;
  readonly proof: Proof;
  readonly locatedOn: string | null;
  readonly classified: Classified;
}

async function act(scope: AttemptScope, prepared: Prepared): Promise<Seen> {
  const moved: Moved =
    prepared.kind === 'ready'
      ? await moveVm(scope)
      : { motion: prepared, copyMs: null, blackoutMs: null };
  const { motion } = moved;
  if (motion.kind === 'not-begun') return conclude(scope, moved, unproven, null);
  const proof = await proveLife(scope, motion);
  const location = await locate(scope);
  return conclude(scope, moved, proof, location?.host ?? null);
}

const unproven: Proof = { life: { kind: 'unasked' }, settleMs: null };

function conclude(
  { job, observation, signal, timeline }: AttemptScope,
  moved: Moved,
  proof: Proof,
  locatedOn: string | null,
): Seen {
  const { source, target } = job;
  const { motion } = moved;
  const isProven = motion.kind === 'completed' && proof.life.kind === 'probed';
  const classified = classify({
    motion,
    source,
    target,
    events: observation.events(),
    life: proof.life,
    locatedOn,
    brokenOff: signal.aborted && !isProven ? 'the worker was stopped in mid-attempt' : null,
  });
  timeline.add('classified', classified.outcome);
  return { moved, proof, locatedOn, classified };
}

/** Evidence first: bringing a guest back to life destroys it. */
async function keepEvidence(
  scope: AttemptScope,
  { classified }: Seen,
  since: Instant,
): Promise<{ classified: Classified; evidence: KeptEvidence['evidence'] }> {
  const { evidence, stop } = await fetchEvidence(scope, classified, since);
  const { bugcheck } = classified;
  if (bugcheck === null || stop === null) return { classified, evidence };
  return {
    classified: { ...classified, bugcheck: { ...bugcheck, ...mergeStops(bugcheck, stop) } },
    evidence,
  };
}

async function fetchEvidence(
  { job, ports, signal, timeline }: AttemptScope,
  { outcome, bugcheck }: Classified,
  since: Instant,
): Promise<KeptEvidence> {
  const isWorthIt = bugcheck !== null || outcome === 'guest-hang' || outcome === 'guest-fault';
  if (!isWorthIt) return { evidence: [], stop: null };
  const { driver, evidence: store, log, clock, limits } = ports;
  const hosts = [bugcheck?.host ?? job.target, job.target, job.source];
  return collectEvidence(
    { driver, store, timeline, log },
    { attemptId: job.attemptId, vmId: job.vm.id, hosts: [...new Set(hosts)], since },
    { clock, signal, ms: limits.evidenceMs, abortMs: limits.abortMs },
  );
}

interface Recovery {
  readonly ms: number | null;
  readonly host: string | null;
}

const noRecovery: Recovery = { ms: null, host: null };

function mustRecover({ job }: AttemptScope, { classified, proof: { life } }: Seen): boolean {
  const isAlive = life.kind === 'probed' && life.result.alive;
  const isDead = life.kind === 'probed' && !life.result.alive;
  const isNeeded = isDead || (classified.bugcheck !== null && !isAlive);
  return isNeeded && job.onBugcheck !== 'leave-vm';
}

async function recover(scope: AttemptScope): Promise<Recovery> {
  const { job, ports, timeline } = scope;
  const { driver, limits, log } = ports;
  ports.onPhase('recovery');
  const startedMs = driver.clock.monotonicMs();
  const ended = await ask(scope, limits.recoveryMs, (signal) => driver.recover(job.vm.id, signal));
  const ms = driver.clock.monotonicMs() - startedMs;
  if (ended.kind === 'done') {
    timeline.add('recovered', ended.value.host ?? undefined);
    return { ms, host: ended.value.host };
  }
  const reason = toReason('the VM could not be recovered', ended);
  log.warn({ attemptId: job.attemptId, vm: job.vm.name, reason }, 'vm could not be recovered');
  timeline.add('recovery-failed', reason);
  return { ms, host: null };
}

function note(timeline: Timeline, event: GuestEvent): void {
  switch (event.kind) {
    case 'bugcheck':
      return timeline.add(`${event.subject}-bugcheck`, event.channel, event.at);
    case 'fault':
      return timeline.add('guest-fault', `${event.probe}: ${event.detail}`, event.at);
    case 'rig':
      return timeline.add('rig', event.detail, event.at);
    default:
      return timeline.add(event.kind, event.channel, event.at);
  }
}
