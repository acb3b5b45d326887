import type { BugcheckSubject } from '../domain/bugcheck.ts';
import { addMs, type Instant } from '../kernel/instant.ts';

/** The time in which a crash of a VM is blamed on one attempt. */
export interface AttemptWindow {
  readonly attemptId: string;
  readonly vmId: string;
  readonly hosts: readonly string[];
  readonly startedAt: Instant;
  /** End of the settle window; null while it still runs. */
  readonly endedAt: Instant | null;
}

export interface CrashInTime {
  readonly subject: BugcheckSubject;
  readonly vmId: string | null;
  /** The host that reported it; null when nobody did. */
  readonly host: string | null;
  /** Earliest it can have happened; null when nothing bounds it. */
  readonly from: Instant | null;
  readonly until: Instant;
}

export type Attribution =
  | { readonly kind: 'attempt'; readonly attemptId: string }
  /** Between attempts: it counts against none, and the guest also dies by itself. */
  | { readonly kind: 'background' }
  /** One of these attempts, or a time between them; never silently the last one. */
  | { readonly kind: 'indeterminate'; readonly among: readonly string[] };

/**
 * Blames a crash on an attempt by VM, hosts and time.
 *
 * @param skewMs how far the clocks of hosts and guests may be off, each way
 */
export function attributeCrash(
  crash: CrashInTime,
  windows: readonly AttemptWindow[],
  skewMs: number,
): Attribution {
  const from = crash.from === null ? null : addMs(crash.from, -skewMs);
  const until = addMs(crash.until, skewMs);
  const candidates = windows.filter(
    (window) =>
      concerns(window, crash) &&
      window.startedAt <= until &&
      (from === null || window.endedAt === null || window.endedAt >= from),
  );
  const [only] = candidates;
  if (only === undefined) return { kind: 'background' };
  if (candidates.length === 1 && isKnownMoment(crash, only)) {
    return { kind: 'attempt', attemptId: only.attemptId };
  }
  return { kind: 'indeterminate', among: candidates.map((window) => window.attemptId) };
}

/** True when the crash cannot also lie outside of the window. */
function isKnownMoment({ from, until }: CrashInTime, window: AttemptWindow): boolean {
  if (from === null) return false;
  if (from === until) return true;
  return from >= window.startedAt && (window.endedAt === null || until <= window.endedAt);
}

function concerns(window: AttemptWindow, { subject, vmId, host }: CrashInTime): boolean {
  const onItsHosts = host === null || window.hosts.includes(host);
  return subject === 'host' ? host !== null && onItsHosts : window.vmId === vmId && onItsHosts;
}
