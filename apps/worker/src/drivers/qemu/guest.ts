import path from 'node:path';
import { AppError } from '@gauntlet/shared/contracts/errors';
import type { VmState } from '@gauntlet/shared/domain/inventory';
import type { MigrationErrorClass, MigrationResult } from '@gauntlet/shared/domain/migration';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import { toInstant } from '@gauntlet/shared/kernel/instant';
import type {
  DriverLog,
  EvidenceBundle,
  GuestEvent,
  MigrationRequest,
  ProbeResult,
  VmLocation,
} from '../../application/ports.ts';
import { allocatedMiB } from './disks.ts';
import { collectFrom } from './evidence.ts';
import type { Gate } from './gate.ts';
import type { GuestImage } from './guest/guest-image.ts';
import type { GuestProcesses } from './guest-processes.ts';
import { nextBeat } from './heartbeats.ts';
import { type MoveEnd, moveGuest } from './move-guest.ts';
import { Observer } from './observer.ts';
import type { GuestConfig, QemuConfig } from './options.ts';
import { parsePanic } from './panic.ts';
import type { QemuProcess } from './process/qemu-process.ts';

/** Where a test may interfere with a migration; a campaign never does. */
export interface Interference {
  /** Puts something between source and destination: takes a socket's path, gives another. */
  readonly link?: (socket: string) => Promise<string>;
  /** Both processes stand ready; the migration begins when this resolves. */
  readonly beforeMove?: (both: Both) => Promise<void>;
  readonly returnPath?: boolean;
}

export interface Both {
  readonly source: QemuProcess;
  readonly destination: QemuProcess;
}

export interface GuestParts {
  readonly id: string;
  readonly config: QemuConfig;
  readonly guest: GuestConfig;
  readonly image: GuestImage;
  readonly processes: GuestProcesses;
  readonly runDir: string;
  /** Shared by all guests: it bounds the migrations in flight on this machine. */
  readonly gate: Gate;
  readonly clock: Clock;
  readonly log: DriverLog;
  readonly onMoved: (vmId: string, host: string) => void;
  readonly interference?: Interference | undefined;
}

/** Growing images are set back to their golden state at this size. */
const disksMiBMax = 512;
/** A guest that died with no attempt watching would stay dead: no one would bring it back. */
const lostUnseenMsMax = 1_500;
/** Of what the guest printed in earlier processes. */
const historyMax = 64 * 1024;

/** A VM: one guest that lives in one process after another. */
export class Guest implements AsyncDisposable {
  readonly id: string;
  readonly config: GuestConfig;
  readonly #parts: GuestParts;
  readonly #observer: Observer;
  #host = '';
  #process: QemuProcess | null = null;
  #busy = false;
  #history = '';
  /** The rig restarts a guest it lost by itself. */
  #mending: Promise<void> = Promise.resolve();
  /** Sources that have migrated away and are on their way out. */
  readonly #leaving = new Set<Promise<void>>();

  constructor(parts: GuestParts) {
    this.id = parts.id;
    this.config = parts.guest;
    this.#parts = parts;
    this.#observer = new Observer({
      clock: parts.clock,
      symbols: parts.image.symbols,
      silenceMsMax: parts.config.heartbeatSilenceMsMax,
      host: () => this.#host,
      onKilled: () => this.#mend(),
    });
  }

  /** The process it lives in; null when it has none. */
  get process(): QemuProcess | null {
    return this.#process;
  }

  get disks(): readonly string[] {
    return this.#parts.processes.disks;
  }

  get location(): VmLocation {
    return { vmId: this.id, host: this.#host, state: this.#state(), migrating: this.#busy };
  }

  /** Like `location`, once a guest that the rig lost is back. */
  async locate(): Promise<VmLocation> {
    await this.#mending;
    return this.location;
  }

  async start(host: string, signal: AbortSignal): Promise<void> {
    await this.#replace(this.#parts.processes.restore, signal);
    this.#settleOn(host);
  }

  /** @throws AppError `migration.aborted` only when it was aborted before it began */
  async migrate(request: MigrationRequest, signal: AbortSignal): Promise<MigrationResult> {
    assertNotAborted(signal);
    const refusal = this.#refusalOf(request);
    if (refusal !== null) return refusal;
    const result = await this.#exclusively(() => this.#passGate(request, signal));
    return result === 'busy' ? failed('busy', 'The VM is being moved already.') : result;
  }

  async powerCycle(signal: AbortSignal): Promise<MigrationResult> {
    const { clock, processes } = this.#parts;
    const result = await this.#exclusively(async (): Promise<MigrationResult> => {
      const startedAtMs = clock.monotonicMs();
      await this.#replace(processes.boot, signal);
      const blackoutMs = clock.monotonicMs() - startedAtMs;
      return { kind: 'completed', switchedOverAt: clock.now(), copyMs: 0, blackoutMs };
    });
    return result === 'busy' ? failed('busy', 'The VM is being moved.') : result;
  }

  /** The golden state first; a cold boot when it does not load. */
  async recover(signal: AbortSignal): Promise<VmLocation> {
    const { processes } = this.#parts;
    const done = await this.#exclusively(async () => {
      try {
        await this.#replace(processes.restore, signal);
      } catch (reason) {
        if (signal.aborted) throw reason;
        await this.#replace(processes.boot, signal);
      }
      this.#settleOn(this.#host);
    });
    if (done === 'busy') throw new AppError('state.conflict', `${this.id} is being moved.`);
    return this.location;
  }

  /** Alive: it beat in its present process within one heartbeat, or does so now. */
  async probe(signal: AbortSignal): Promise<ProbeResult> {
    signal.throwIfAborted();
    const { clock, config } = this.#parts;
    const process = this.#process;
    const { faults } = this.#observer;
    if (process === null || this.#observer.death !== null) return { alive: false, faults };
    const beat = process.console.lastBeat;
    const isFresh = beat !== null && clock.monotonicMs() - beat.atMs <= config.heartbeatEveryMs;
    const waitMsMax = config.heartbeatSilenceMsMax;
    const alive = isFresh || (await nextBeat(process, { clock, waitMsMax, signal }));
    return { alive: alive && this.#observer.death === null, faults: this.#observer.faults };
  }

  watch(onEvent: (event: GuestEvent) => void, signal: AbortSignal): void {
    this.#observer.subscribe(onEvent, signal);
  }

  /** @param dumpMiBMax largest memory dump, 0: none */
  async collectEvidence(dumpMiBMax: number): Promise<EvidenceBundle> {
    const { runDir, image, clock } = this.#parts;
    const process = this.#process;
    if (process === null) return { evidence: [], stop: null };
    const hung = this.#observer.hung && this.#observer.death === null;
    const history = this.#history;
    const { symbols } = image;
    return collectFrom({ process, runDir, symbols, clock, hung, history, dumpMiBMax });
  }

  /** To be called now and then: finds silence, and brings back a guest that was lost unseen. */
  tend(): void {
    this.#observer.checkSilence();
    if (this.#busy || this.#observer.lostUnseenMs <= lostUnseenMsMax) return;
    const { log, image } = this.#parts;
    const stop = parsePanic(this.#process?.console.text() ?? '', image.symbols);
    log.warn({ vmId: this.id, stop }, 'a guest died or hung between attempts: it is started anew');
    this.#mend();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const process = this.#process;
    this.#process = null;
    if (process !== null) this.#observer.detach(process);
    await Promise.all([this.#mending, process?.quit(), ...this.#leaving]);
    await this.#parts.processes[Symbol.asyncDispose]();
  }

  #state(): VmState {
    if (this.#process === null) return 'failed';
    if (this.#observer.death === null) return 'running';
    return this.#observer.death === 'off' ? 'off' : 'failed';
  }

  #settleOn(host: string): void {
    this.#host = host;
    this.#parts.onMoved(this.id, host);
  }

  /** One thing at a time: a second migration of the same VM is refused, never queued. */
  async #exclusively<T>(work: () => Promise<T>): Promise<T | 'busy'> {
    if (this.#busy) return 'busy';
    this.#busy = true;
    try {
      return await work();
    } finally {
      this.#busy = false;
    }
  }

  async #replace(make: (signal: AbortSignal) => Promise<QemuProcess>, signal: AbortSignal) {
    const old = this.#process;
    this.#process = null;
    if (old !== null) this.#observer.detach(old);
    await Promise.all([old?.kill(), ...this.#leaving]); // an image belongs to one process at a time
    const fresh = await make(signal);
    this.#history = '';
    this.#observer.beginLife();
    this.#observer.attach(fresh, 'running');
    this.#process = fresh;
  }

  #refusalOf({ source, target }: MigrationRequest): MigrationResult | null {
    if (this.#busy) return failed('busy', 'The VM is being moved already.');
    const state = this.#state();
    if (state !== 'running') return failed('gone', `The VM is not running: it is ${state}.`);
    if (source === this.#host && target !== source) return null;
    return failed(
      'permanent-config',
      `The VM runs on ${this.#host}; ${source} to ${target} is no way.`,
    );
  }

  async #passGate(request: MigrationRequest, signal: AbortSignal): Promise<MigrationResult> {
    const leave = await this.#parts.gate.enter(signal).catch((reason: unknown) => {
      assertNotAborted(signal);
      throw reason;
    });
    try {
      return await this.#move(request, signal);
    } finally {
      leave();
    }
  }

  async #move(request: MigrationRequest, signal: AbortSignal): Promise<MigrationResult> {
    const { processes } = this.#parts;
    if (this.#isWorn()) await this.#replace(processes.restore, signal);
    const source = this.#process;
    if (source === null) return failed('gone', 'The VM has no process.');
    const launched = await this.#launchDestination(signal);
    if ('kind' in launched) return launched;
    const { process: destination, socket } = launched;
    const end = await this.#moveBetween({ source, destination }, { socket, request, signal });
    return this.#conclude(end, { source, destination }, request.target);
  }

  /** A guest whose memory was damaged must not be tried again: what it dies of tells nothing. */
  #isWorn(): boolean {
    const { disks } = this.#parts.processes;
    return this.#observer.faults.length > 0 || allocatedMiB(disks) > disksMiBMax;
  }

  #mend(): void {
    const { processes, log } = this.#parts;
    const { signal } = new AbortController();
    this.#mending = this.#exclusively(() => this.#replace(processes.restore, signal)).then(
      () => {},
      (err: unknown) => log.warn({ err, vmId: this.id }, 'a lost guest could not be restarted'),
    );
  }

  async #launchDestination(signal: AbortSignal) {
    try {
      return await this.#parts.processes.destination(signal);
    } catch (err) {
      const message = err instanceof Error ? err.message : String(err);
      return failed(signal.aborted ? 'cancelled' : 'resources', message);
    }
  }

  async #moveBetween(
    both: Both,
    given: { socket: string; request: MigrationRequest; signal: AbortSignal },
  ): Promise<MoveEnd> {
    const { config, guest, clock, runDir, interference } = this.#parts;
    const { socket, request, signal } = given;
    this.#observer.attach(both.destination, 'incoming');
    await interference?.beforeMove?.(both);
    const link = (await interference?.link?.(path.join(runDir, socket))) ?? socket;
    const parts = {
      ...both,
      socket,
      link,
      clock,
      timeoutMs: request.timeoutMs,
      sharedRam: guest.sharedRam,
      bandwidthBytesPerSecond: config.bandwidthBytesPerSecond,
      downtimeLimitMs: config.downtimeLimitMs,
      stallMsMax: config.stallMsMax,
      returnPath: interference?.returnPath ?? true,
    };
    try {
      return await moveGuest(parts, signal);
    } catch (err) {
      // A monitor that refuses or hangs up: what became of the guest, its own process must say.
      const message = err instanceof Error ? err.message : String(err);
      const isGone = both.source.qmp.isClosed;
      return isGone ? { kind: 'lost', message } : { kind: 'failed', cancelled: false, message };
    }
  }

  async #conclude(
    end: MoveEnd,
    { source, destination }: Both,
    target: string,
  ): Promise<MigrationResult> {
    if (end.kind === 'completed') {
      this.#observer.settleIn(destination);
      this.#history = (this.#history + source.console.text()).slice(-historyMax);
      this.#process = destination;
      this.#dismiss(source);
      this.#settleOn(target);
      this.#parts.processes.prepareDestination();
      return toResult(end);
    }
    this.#observer.detach(destination);
    await destination.kill();
    if (end.kind === 'failed') return failed(end.cancelled ? 'cancelled' : 'unknown', end.message);
    // Its own death, when that is what happened, is told first.
    if (source.exit === null) this.#observer.detach(source);
    await source.kill();
    this.#observer.declareLost(end.message);
    await this.#replace(this.#parts.processes.restore, new AbortController().signal);
    return { kind: 'unknown', failure: { class: 'gone', code: null, message: end.message } };
  }

  #dismiss(source: QemuProcess): void {
    this.#observer.detach(source);
    const gone = source.quit().finally(() => this.#leaving.delete(gone));
    this.#leaving.add(gone);
  }
}

function toResult(end: Extract<MoveEnd, { kind: 'completed' }>): MigrationResult {
  const { startedAtMs, stoppedAtMs, resumedAtMs } = end;
  const copiedAtMs = stoppedAtMs ?? resumedAtMs;
  return {
    kind: 'completed',
    switchedOverAt: toInstant(resumedAtMs),
    copyMs: Math.max(0, copiedAtMs - startedAtMs),
    blackoutMs: stoppedAtMs === null ? null : Math.max(0, resumedAtMs - stoppedAtMs),
  };
}

function failed(errorClass: MigrationErrorClass, message: string): MigrationResult {
  return { kind: 'failed', failure: { class: errorClass, code: null, message } };
}

function assertNotAborted(signal: AbortSignal): void {
  if (signal.aborted) throw new AppError('migration.aborted', 'Aborted before the move began.');
}
