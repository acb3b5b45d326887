import {
  type AttemptPhase,
  type Bugcheck,
  type BugcheckSubject,
  formatStopCode,
} from '@gauntlet/shared/domain/bugcheck';
import type { MigrationFailure } from '@gauntlet/shared/domain/migration';
import type { Outcome } from '@gauntlet/shared/domain/outcome';
import type { Instant } from '@gauntlet/shared/kernel/instant';
import { type Crash, crashesOf, mergeGuestCrash, mergeHostCrash } from './observe-guest.ts';
import type { GuestEvent, ProbeResult } from './ports.ts';

/** What became of the move (or power cycle), after the cluster was asked where it was unknown. */
export type Motion =
  /** Nothing was done to the VM: `outcome` and `reason` say why not. */
  | {
      readonly kind: 'not-begun';
      readonly outcome: 'cancelled' | 'rig-fault';
      readonly reason: string;
    }
  | {
      readonly kind: 'completed';
      /** null when only the cluster's word tells that it was moved. */
      readonly switchedOverAt: Instant | null;
      readonly blackoutMs: number | null;
    }
  | { readonly kind: 'failed'; readonly failure: MigrationFailure }
  | { readonly kind: 'unknown'; readonly reason: string };

/** What the guest said after the settle window. */
export type Life =
  | { readonly kind: 'probed'; readonly result: ProbeResult }
  | { readonly kind: 'unasked' }
  | { readonly kind: 'failed'; readonly reason: string };

export interface Findings {
  readonly motion: Motion;
  readonly source: string;
  readonly target: string;
  readonly events: readonly GuestEvent[];
  readonly life: Life;
  /** Where the cluster says the VM is after all; null when it could not be asked. */
  readonly locatedOn: string | null;
  /** Why the attempt was broken off before its end; null when it was not. */
  readonly brokenOff: string | null;
}

export interface Classified {
  readonly outcome: Outcome;
  readonly reason: string | null;
  readonly bugcheck: Bugcheck | null;
  readonly fault: { readonly probe: string; readonly detail: string } | null;
}

/**
 * The one outcome of an attempt. A real bugcheck wins over all else; a fault of the rig wins over
 * signs that the rig itself may have made; and only a guest that proved its life is clean.
 */
export function classify(findings: Findings): Classified {
  const { motion } = findings;
  const bugcheck = toBugcheck(findings);
  const fault = toFault(findings);
  const found = (outcome: Outcome, reason: string | null): Classified => ({
    outcome,
    reason,
    bugcheck,
    fault,
  });
  if (motion.kind === 'not-begun') {
    if (bugcheck === null) return found(motion.outcome, motion.reason);
    return found('rig-fault', `before it was moved: ${describe(bugcheck)}`);
  }
  if (bugcheck !== null && isTold(findings.events, bugcheck.subject)) {
    const outcome = bugcheck.subject === 'guest' ? 'guest-bugcheck' : 'host-bugcheck';
    return found(outcome, describe(bugcheck));
  }
  const rig = findings.events.find((event) => event.kind === 'rig');
  if (rig !== undefined) return { ...found('rig-fault', rig.detail), bugcheck: null };
  if (bugcheck !== null) return found('guest-bugcheck', describe(bugcheck));
  return found(...classifyWithoutCrash(findings, fault));
}

function classifyWithoutCrash(
  { motion, life, events, brokenOff, locatedOn, target }: Findings,
  fault: Classified['fault'],
): [Outcome, string | null] {
  const isDead = life.kind === 'probed' && !life.result.alive;
  if (isDead && !isHeartbeatBack(events)) return ['guest-hang', 'the guest lost its heartbeat'];
  if (isDead) return ['guest-hang', 'the guest gave no sign of life'];
  if (fault !== null) return ['guest-fault', `probe ${fault.probe}: ${fault.detail}`];
  if (brokenOff !== null) return ['indeterminate', brokenOff];
  if (motion.kind === 'failed') return ['migration-failed', motion.failure.message];
  if (motion.kind === 'unknown') return ['indeterminate', motion.reason];
  if (life.kind === 'failed') return ['rig-fault', life.reason];
  if (life.kind === 'unasked') return ['indeterminate', 'the guest was not asked for life'];
  if (locatedOn !== null && locatedOn !== target) {
    return ['indeterminate', `it was moved to ${target}, yet the cluster runs it on ${locatedOn}`];
  }
  return ['clean', null];
}

/** False when the last word of the guest's heartbeat is that it was lost. */
export function isHeartbeatBack(events: readonly GuestEvent[]): boolean {
  const last = events.findLast(
    (event) => event.kind === 'heartbeat' || event.kind === 'heartbeat-lost',
  );
  return last?.kind !== 'heartbeat-lost';
}

/** True when a channel told of the crash itself, not only of a guest that reset. */
function isTold(events: readonly GuestEvent[], subject: BugcheckSubject): boolean {
  return crashesOf(events, subject).length > 0;
}

/** A host's crash resets its guests: without a guest's own STOP the host's is the one to tell. */
function toBugcheck(findings: Findings): Bugcheck | null {
  const guest = mergeGuestCrash(findings.events);
  const host = mergeHostCrash(findings.events);
  if (guest !== undefined && (host === undefined || isTold(findings.events, 'guest'))) {
    return place(guest, 'guest', findings);
  }
  return host === undefined ? null : place(host, 'host', findings);
}

function place(
  { host, at, channels, stop }: Crash,
  subject: BugcheckSubject,
  findings: Findings,
): Bugcheck {
  const { motion } = findings;
  const switchedOverAt = motion.kind === 'completed' ? motion.switchedOverAt : null;
  const phase = toPhase(motion, at);
  return {
    ...stop,
    subject,
    host: host ?? (subject === 'guest' ? toGuestHost(phase, findings) : null),
    occurredAt: at,
    phase,
    msSinceSwitchover: switchedOverAt === null ? null : at - switchedOverAt,
    channels,
  };
}

/** Once the move was begun nothing is `before`: the clocks of hosts differ by more than that. */
function toPhase(motion: Motion, at: Instant): AttemptPhase {
  if (motion.kind === 'not-begun') return 'before';
  if (motion.kind === 'failed') return 'copy';
  if (motion.kind === 'unknown' || motion.switchedOverAt === null) return 'unknown';
  if (at >= motion.switchedOverAt) return 'settle';
  return at >= motion.switchedOverAt - (motion.blackoutMs ?? 0) ? 'blackout' : 'copy';
}

/** Which host ran the guest then; null in the blackout, when it ran nowhere. */
function toGuestHost(phase: AttemptPhase, { source, target }: Findings): string | null {
  if (phase === 'settle') return target;
  return phase === 'before' || phase === 'copy' ? source : null;
}

function toFault({ events, life }: Findings): Classified['fault'] {
  const seen = events.find((event) => event.kind === 'fault');
  if (seen !== undefined) return { probe: seen.probe, detail: seen.detail };
  return life.kind === 'probed' ? (life.result.faults[0] ?? null) : null;
}

function describe({
  subject,
  code,
  module,
  function: name,
  reason,
  phase,
  host,
}: Bugcheck): string {
  const what = code === null ? (reason ?? 'a crash without a code') : formatStopCode(code);
  const where = module === null ? '' : ` in ${module}${name === null ? '' : `!${name}`}`;
  const on = subject === 'host' && host !== null ? ` ${host}` : '';
  return `${subject}${on} stopped with ${what}${where} (phase ${phase})`;
}
