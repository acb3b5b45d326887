import type { Instant } from '../kernel/instant.ts';

export const bugcheckSubjects = ['guest', 'host'] as const;
export type BugcheckSubject = (typeof bugcheckSubjects)[number];

export const attemptPhases = [
  'before',
  'copy',
  'blackout',
  'settle',
  'recovery',
  'unknown',
] as const;
/** Where in its attempt something happened. */
export type AttemptPhase = (typeof attemptPhases)[number];

/** The bare facts of one STOP error, from whichever channel saw it. */
export interface StopError {
  /** The STOP code, an unsigned 32-bit integer; null when only a crash without code was seen. */
  readonly code: number | null;
  /** Four unsigned 64-bit parameters as `0x...`, or none when no channel carried them. */
  readonly parameters: readonly string[];
  /** Lower-case image name without extension (`storvsc`); null without a debugger's word. */
  readonly module: string | null;
  readonly function: string | null;
  /** Offset into the function; recorded, never part of a signature. */
  readonly offset: number | null;
  /** The guest's own words where it is no Windows STOP (a kernel panic's reason). */
  readonly reason: string | null;
}

export interface Bugcheck extends StopError {
  readonly subject: BugcheckSubject;
  /** The host that crashed, or the host that ran the guest when it crashed. */
  readonly host: string | null;
  readonly occurredAt: Instant;
  readonly phase: AttemptPhase;
  /** Milliseconds after switch-over; negative before it; null when there was none. */
  readonly msSinceSwitchover: number | null;
  /** Every channel that reported this one crash: `event-18590`, `qmp-guest-panicked`, ... */
  readonly channels: readonly string[];
}

/** `0x000000D1`: how STOP codes are written everywhere. */
export function formatStopCode(code: number): string {
  return `0x${(code >>> 0).toString(16).toUpperCase().padStart(8, '0')}`;
}
