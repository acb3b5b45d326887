import type { FingerprintPayload } from '@gauntlet/shared/contracts/attempt-report';
import { type AttemptScope, ask } from './attempt-scope.ts';
import type { Motion } from './classify.ts';
import { clipFingerprint } from './clip.ts';
import { toReason } from './limits.ts';
import type { StartGate, VmLocation } from './ports.ts';

export type NotBegun = Extract<Motion, { kind: 'not-begun' }>;

export type Prepared =
  | { readonly kind: 'ready'; readonly fingerprint: FingerprintPayload }
  | (NotBegun & { readonly fingerprint: FingerprintPayload | null });

export const stoppedBeforeStart: NotBegun = {
  kind: 'not-begun',
  outcome: 'cancelled',
  reason: 'stopped before it started',
};

/**
 * All that must be true before a VM may be touched: the cluster is not stopped, the driver can do
 * this, the VM is on the source and runs, its fingerprint is known, and somebody watches.
 * The permission is asked for twice, and last: the questions to the cluster take their time.
 */
export async function prepareAttempt(
  scope: AttemptScope,
  watchSignal: AbortSignal,
): Promise<Prepared> {
  const { job, ports, observation } = scope;
  const { driver, gate, limits } = ports;
  if (!(await mayStart(scope, gate))) return { ...stoppedBeforeStart, fingerprint: null };
  if (!driver.capabilities.has(job.action)) {
    return rigFault(`driver ${driver.name} cannot do ${job.action}`);
  }
  const located = await ask(scope, limits.askMs, (signal) => driver.locate(job.vm.id, signal));
  if (located.kind !== 'done')
    return giveUp(scope, toReason('the VM could not be located', located));
  const misplaced = toMisplaced(located.value, job.source);
  if (misplaced !== null) return rigFault(misplaced);
  const read = await ask(scope, limits.askMs, (signal) =>
    driver.fingerprint(job.vm.id, [...new Set([job.source, job.target])], signal),
  );
  if (read.kind !== 'done') return giveUp(scope, toReason('no fingerprint', read));
  const fingerprint = clipFingerprint(read.value);
  const armed = await ask(scope, limits.askMs, () =>
    driver.watch(job.vm.id, observation.onEvent, watchSignal),
  );
  if (armed.kind !== 'done') {
    return { ...giveUp(scope, toReason('the VM could not be watched', armed)), fingerprint };
  }
  if (!(await mayStart(scope, gate))) return { ...stoppedBeforeStart, fingerprint };
  if (observation.hasCrashed()) return { ...rigFault('the guest crashed'), fingerprint };
  return { kind: 'ready', fingerprint };
}

async function mayStart({ job, signal }: AttemptScope, gate: StartGate): Promise<boolean> {
  return !signal.aborted && (await gate.mayStart(job.clusterId)) && !signal.aborted;
}

/** Why the VM must not be moved; null when it is where it should be. */
function toMisplaced(location: VmLocation, source: string): string | null {
  if (location.host !== source) {
    return `the VM is not on ${source} but ${location.host === null ? 'nowhere' : `on ${location.host}`}`;
  }
  if (location.migrating) return 'the cluster is already moving the VM';
  return location.state === 'running' ? null : `the VM is not running but ${location.state}`;
}

function rigFault(reason: string) {
  return { kind: 'not-begun', outcome: 'rig-fault', reason, fingerprint: null } as const;
}

/** A question that failed because the worker is being stopped is nobody's fault. */
function giveUp({ signal }: AttemptScope, reason: string) {
  return signal.aborted ? { ...stoppedBeforeStart, fingerprint: null } : rigFault(reason);
}
