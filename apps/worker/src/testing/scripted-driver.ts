import { AppError } from '@gauntlet/shared/contracts/errors';
import type { StopError } from '@gauntlet/shared/domain/bugcheck';
import type { MigrationResult } from '@gauntlet/shared/domain/migration';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import { addMs } from '@gauntlet/shared/kernel/instant';
import type {
  DriverCapability,
  GuestEvent,
  HypervisorDriver,
  VmLocation,
} from '../application/ports.ts';

export type Emit = (event: GuestEvent) => void;

/** What a test says otherwise; the rest behaves like a healthy cluster with hosts `a` and `b`. */
export interface Script {
  readonly capabilities?: readonly DriverCapability[];
  readonly locate?: HypervisorDriver['locate'];
  readonly fingerprint?: HypervisorDriver['fingerprint'];
  readonly watch?: (emit: Emit) => Promise<void>;
  readonly migrate?: (
    given: { emit: Emit; move: () => void; complete: () => MigrationResult },
    signal: AbortSignal,
  ) => Promise<MigrationResult>;
  readonly powerCycle?: HypervisorDriver['powerCycle'];
  readonly probe?: HypervisorDriver['probe'];
  readonly collectEvidence?: HypervisorDriver['collectEvidence'];
  readonly recover?: HypervisorDriver['recover'];
  readonly inventory?: HypervisorDriver['inventory'];
}

export interface ScriptedDriver extends HypervisorDriver {
  /** Calls in their order, by the method's name. */
  readonly calls: string[];
  /** An event of the guest, seen by whoever watches. */
  readonly emit: Emit;
  readonly isDisposed: () => boolean;
}

export const copyMs = 1_000;
export const blackoutMs = 100;

/** A fake of the port: one VM `vm-1`, first on host `a`; migrations take 1.1 s of its clock. */
export function createScriptedDriver(clock: Clock, script: Script = {}): ScriptedDriver {
  const calls: string[] = [];
  const watchers = new Set<Emit>();
  const emit: Emit = (event) => {
    for (const watcher of watchers) watcher(event);
  };
  let host = 'a';
  let isDisposed = false;
  const here = (): VmLocation => ({ vmId: 'vm-1', host, state: 'running', migrating: false });
  const complete = (): MigrationResult => ({
    kind: 'completed',
    switchedOverAt: clock.now(),
    copyMs,
    blackoutMs,
  });

  return {
    name: 'simulated',
    capabilities: new Set(
      script.capabilities ?? ['live-migration', 'power-cycle', 'put-back', 'guest-probe'],
    ),
    clock,
    calls,
    emit,
    isDisposed: () => isDisposed,
    async inventory(signal) {
      calls.push('inventory');
      if (script.inventory !== undefined) return script.inventory(signal);
      return { takenAt: clock.now(), hosts: [], vms: [] };
    },
    async fingerprint(vmId, hosts, signal) {
      calls.push('fingerprint');
      if (script.fingerprint !== undefined) return script.fingerprint(vmId, hosts, signal);
      return {
        hosts: hosts.map((name) => ({ name, files: [], hotfixes: [] })),
        guestFiles: [],
        settings: {},
      };
    },
    async locate(vmId, signal) {
      calls.push('locate');
      if (script.locate !== undefined) return script.locate(vmId, signal);
      if (vmId !== 'vm-1') throw new AppError('driver.vm-unknown', `no VM ${vmId}`);
      return here();
    },
    async migrate({ target }, signal) {
      calls.push('migrate');
      const move = () => {
        host = target;
      };
      if (script.migrate !== undefined) return script.migrate({ emit, move, complete }, signal);
      await clock.sleep(copyMs + blackoutMs, signal);
      move();
      return complete();
    },
    async powerCycle(request, signal) {
      calls.push('powerCycle');
      if (script.powerCycle !== undefined) return script.powerCycle(request, signal);
      await clock.sleep(copyMs, signal);
      return { kind: 'completed', switchedOverAt: clock.now(), copyMs, blackoutMs: null };
    },
    async probe(vmId, signal) {
      calls.push('probe');
      if (script.probe !== undefined) return script.probe(vmId, signal);
      return { alive: true, faults: [] };
    },
    async watch(_vmId, onEvent, signal) {
      calls.push('watch');
      watchers.add(onEvent);
      signal.addEventListener('abort', () => watchers.delete(onEvent), { once: true });
      await script.watch?.(onEvent);
    },
    async collectEvidence(request, signal) {
      calls.push('collectEvidence');
      if (script.collectEvidence !== undefined) return script.collectEvidence(request, signal);
      return { evidence: [], stop: null };
    },
    async recover(vmId, signal) {
      calls.push('recover');
      if (script.recover !== undefined) return script.recover(vmId, signal);
      await clock.sleep(500, signal);
      return here();
    },
    async putBack(placements) {
      calls.push('putBack');
      return placements.filter(({ vmId }) => vmId !== 'vm-1').map(({ vmId }) => `no VM ${vmId}`);
    },
    async [Symbol.asyncDispose]() {
      isDisposed = true;
    },
  };
}

export const bareStop: StopError = {
  code: 0xd1,
  parameters: [],
  module: null,
  function: null,
  offset: null,
  reason: null,
};

/** A bugcheck event `agoMs` before now of the clock. */
export function bugcheckEvent(
  clock: Clock,
  given: { channel?: string; agoMs?: number; host?: string | null; stop?: Partial<StopError> } = {},
  subject: 'guest' | 'host' = 'guest',
): Extract<GuestEvent, { kind: 'bugcheck' }> {
  return {
    kind: 'bugcheck',
    subject,
    host: given.host ?? null,
    at: addMs(clock.now(), -(given.agoMs ?? 0)),
    channel: given.channel ?? 'event-18590',
    stop: { ...bareStop, ...given.stop },
  };
}
