import type { AttemptJob } from '@gauntlet/shared/contracts/attempt-job';
import type { AttemptReport } from '@gauntlet/shared/contracts/attempt-report';
import type { ControlReply, Heartbeat } from '@gauntlet/shared/contracts/worker-messages';
import type { BugcheckSubject, StopError } from '@gauntlet/shared/domain/bugcheck';
import type { CollectedEvidence } from '@gauntlet/shared/domain/evidence';
import type {
  DriverName,
  Fingerprint,
  Inventory,
  VmState,
} from '@gauntlet/shared/domain/inventory';
import type { MigrationResult } from '@gauntlet/shared/domain/migration';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { Instant } from '@gauntlet/shared/kernel/instant';

export const driverCapabilities = [
  'live-migration',
  'power-cycle',
  'memory-dump',
  'guest-probe',
  'positive-control',
  'put-back',
] as const;
export type DriverCapability = (typeof driverCapabilities)[number];

export interface VmLocation {
  readonly vmId: string;
  /** The one host that runs it; null when no host or nobody knows. */
  readonly host: string | null;
  readonly state: VmState;
  /** True while the cluster itself still moves it. */
  readonly migrating: boolean;
}

export interface Placement {
  readonly vmId: string;
  readonly source: string;
  readonly target: string;
}

export interface MigrationRequest extends Placement {
  readonly attemptId: string;
  /** The deadline of the copy in ms of the driver's clock; the driver gives up and says so. */
  readonly timeoutMs: number;
}

export interface PowerCycleRequest {
  readonly attemptId: string;
  readonly vmId: string;
  readonly host: string;
  readonly timeoutMs: number;
}

/** Proof of life, and what the probes inside the guest say. */
export interface ProbeResult {
  readonly alive: boolean;
  /** Probes that failed: lost exchange, lost update of a page, ... Empty when all is well. */
  readonly faults: readonly { readonly probe: string; readonly detail: string }[];
}

/** What was seen of a guest or its hosts while a watch was armed. */
export type GuestEvent =
  | {
      readonly kind: 'bugcheck';
      readonly subject: BugcheckSubject;
      readonly host: string | null;
      readonly at: Instant;
      /** Which channel reported it: `event-18590`, `qmp-guest-panicked`, `simulated`, ... */
      readonly channel: string;
      readonly stop: StopError;
    }
  /** The guest reset or powered off by itself and left no code (yet). */
  | { readonly kind: 'reset'; readonly at: Instant; readonly channel: string }
  | { readonly kind: 'heartbeat-lost'; readonly at: Instant; readonly channel: string }
  | { readonly kind: 'heartbeat'; readonly at: Instant; readonly channel: string }
  | {
      readonly kind: 'fault';
      readonly at: Instant;
      readonly probe: string;
      readonly detail: string;
    }
  /** Our own equipment failed: disk full, process of the rig died, event log wrapped. */
  | { readonly kind: 'rig'; readonly at: Instant; readonly detail: string };

export interface EvidenceRequest {
  readonly attemptId: string;
  readonly vmId: string;
  /** Hosts to look on, most likely first. */
  readonly hosts: readonly string[];
  readonly since: Instant;
}

export interface EvidenceBundle {
  readonly evidence: readonly CollectedEvidence[];
  /** What the evidence adds to the bare stop error (module, function, parameters); null: nothing. */
  readonly stop: StopError | null;
}

/** Whether this rig notices a crash. The guest is as new afterwards. */
export interface ControlsResult {
  /** `seen`: a crash and a hang on command were told for what they are. */
  readonly positive: 'seen' | 'missed';
  /** `quiet`: a guest that nobody touched gave no finding. */
  readonly negative: 'quiet' | 'noisy';
  /** One sentence each for what did not go as it should. */
  readonly problems: readonly string[];
}

/**
 * The one contract of every hypervisor. A method resolves with what it knows or throws AppError;
 * a finding about the guest is never an exception. Every method honours the signal and has an own
 * upper bound. Times are of `clock`, which is the cluster's time (a simulated cluster runs faster).
 */
export interface HypervisorDriver extends AsyncDisposable {
  readonly name: DriverName;
  readonly capabilities: ReadonlySet<DriverCapability>;
  /** How much later than the first another channel may tell of the same crash, ms; 2000 if unsaid. */
  readonly crashChannelsMs?: number;
  readonly clock: Clock;

  inventory(signal: AbortSignal): Promise<Inventory>;
  /** File versions of the given hosts and the guest as they are now. */
  fingerprint(vmId: string, hosts: readonly string[], signal: AbortSignal): Promise<Fingerprint>;
  /** @throws AppError `driver.vm-unknown` */
  locate(vmId: string, signal: AbortSignal): Promise<VmLocation>;
  /**
   * Moves a VM. An abort cancels the migration; then, too, the result tells what became of it.
   * @throws AppError `migration.aborted` only when it was aborted before it began.
   */
  migrate(request: MigrationRequest, signal: AbortSignal): Promise<MigrationResult>;
  /** Turns the VM off and on again on its host. `completed` when it runs. */
  powerCycle(request: PowerCycleRequest, signal: AbortSignal): Promise<MigrationResult>;
  probe(vmId: string, signal: AbortSignal): Promise<ProbeResult>;
  /**
   * Resolves once the watch is armed; then reports every guest and host event of this VM, on
   * whichever host, until the signal aborts. Never reports what happened before it was armed.
   */
  watch(vmId: string, onEvent: (event: GuestEvent) => void, signal: AbortSignal): Promise<void>;
  collectEvidence(request: EvidenceRequest, signal: AbortSignal): Promise<EvidenceBundle>;
  /** Brings a dead or hung VM back to life, on any host. Resolves with where it runs now. */
  recover(vmId: string, signal: AbortSignal): Promise<VmLocation>;
  /** With the capability `positive-control`: leaves the guest alone, crashes it, hangs it. */
  controls?(vmId: string, signal: AbortSignal): Promise<ControlsResult>;
  /** Restores placements; resolves with what could not be restored, a sentence each. */
  putBack(
    placements: readonly { readonly vmId: string; readonly host: string }[],
    signal: AbortSignal,
  ): Promise<readonly string[]>;
}

export interface DriverContext {
  readonly clusterId: string;
  readonly clusterName: string;
  /** The cluster's `options`, still foreign: the driver's factory parses them. */
  readonly options: unknown;
  readonly clock: Clock;
  /** A folder that belongs to this cluster on this worker; the driver may create it. */
  readonly stateDir: string;
  readonly log: DriverLog;
  /** Secrets by reference name, from the worker's own environment; undefined when not set. */
  readonly secret: (reference: string) => string | undefined;
}

export interface DriverLog {
  info(data: object, message: string): void;
  warn(data: object, message: string): void;
  error(data: object, message: string): void;
}

/** @throws AppError `driver.options` naming every fault, `driver.unavailable` with what is missing. */
export type DriverFactory = (context: DriverContext) => Promise<HypervisorDriver>;

/** Where reports, replies and heartbeats go; resolves once they are stored durably. */
export interface ReportQueue {
  sendReport(report: AttemptReport): Promise<void>;
  /** A report that says `recovering`. Rejects when it breaks its contract: the final one follows. */
  sendAhead(report: AttemptReport): Promise<void>;
  sendReply(reply: ControlReply): Promise<void>;
  sendHeartbeat(heartbeat: Heartbeat): Promise<void>;
}

/** May an attempt start on this cluster right now? False when stopped, or when nobody answers. */
export interface StartGate {
  mayStart(clusterId: string): Promise<boolean>;
}

export interface EvidenceStore {
  /** Stores bytes under their SHA-256 and resolves with it. */
  put(bytes: Uint8Array): Promise<string>;
}

export type { AttemptJob, AttemptReport };
