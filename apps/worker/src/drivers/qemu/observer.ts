import type { StopError } from '@gauntlet/shared/domain/bugcheck';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import { type Instant, toInstant } from '@gauntlet/shared/kernel/instant';
import type { GuestEvent } from '../../application/ports.ts';
import type { SymbolTable } from './guest/symbols.ts';
import type { ProbeFault } from './guest-console.ts';
import { parsePanic } from './panic.ts';
import type { QmpEvent } from './process/event-log.ts';
import type { ProcessExit, QemuProcess } from './process/qemu-process.ts';
import { BlockErrorEvent, ShutdownEvent } from './process/qmp-messages.ts';
import { readAs } from './read-as.ts';

/** How a guest ended. */
export type Death = 'panicked' | 'reset' | 'off' | 'process-died' | 'killed' | 'lost';
/** `incoming`: a destination; its death is not the guest's before it settled in. */
export type Role = 'running' | 'incoming';

export interface ObserverParts {
  readonly clock: Clock;
  readonly symbols: SymbolTable;
  readonly silenceMsMax: number;
  /** The slot the guest runs on now. */
  readonly host: () => string;
  /** Somebody ended the process: nothing was found out, the rig has to be mended. */
  readonly onKilled: () => void;
}

interface Life {
  death: Death | null;
  hung: boolean;
  lastBeatAtMs: number;
  /** The next heartbeat is news: of a new life, of a new process, or after silence. */
  beatIsNews: boolean;
  readonly faults: ProbeFault[];
  /** When it died or fell silent with nobody watching, monotonic ms; null otherwise. */
  lostUnseenAtMs: number | null;
}

const faultsMax = 8;
/** How long the last words of a panic may take to come down the serial line. */
const lastWordsMsMax = 150;
const lastWordsEveryMs = 5;

/** Listens to every process a guest lives in and tells its watchers, each finding once a life. */
export class Observer {
  readonly #parts: ObserverParts;
  readonly #watchers = new Set<(event: GuestEvent) => void>();
  readonly #attached = new Map<QemuProcess, { role: Role; stop: () => void }>();
  #life: Life;

  constructor(parts: ObserverParts) {
    this.#parts = parts;
    this.#life = newLife(parts.clock);
  }

  get death(): Death | null {
    return this.#life.death;
  }

  get hung(): boolean {
    return this.#life.hung;
  }

  /** For how long it has been dead or silent, when nobody watched it become so; 0: it is not. */
  get lostUnseenMs(): number {
    const sinceMs = this.#life.lostUnseenAtMs;
    return sinceMs === null ? 0 : this.#parts.clock.monotonicMs() - sinceMs;
  }

  /** Integrity probes that failed in this life, the first 8. */
  get faults(): readonly ProbeFault[] {
    return this.#life.faults;
  }

  subscribe(onEvent: (event: GuestEvent) => void, signal: AbortSignal): void {
    this.#watchers.add(onEvent);
    signal.addEventListener('abort', () => this.#watchers.delete(onEvent), { once: true });
  }

  attach(process: QemuProcess, role: Role): void {
    const stopEvents = process.qmp.events.listen((event) => this.#onQmpEvent(process, event));
    const stopConsole = process.console.listen({
      heartbeat: () => this.#onBeat(),
      fault: (fault) => this.#onFault(fault),
    });
    const stop = () => {
      stopEvents();
      stopConsole();
    };
    this.#attached.set(process, { role, stop });
    void process.exited.then((exit) => this.#onExit(process, exit));
  }

  detach(process: QemuProcess): void {
    this.#attached.get(process)?.stop();
    this.#attached.delete(process);
  }

  /** The guest now lives in this process, which was attached as `incoming`. */
  settleIn(process: QemuProcess): void {
    const entry = this.#attached.get(process);
    if (entry !== undefined) entry.role = 'running';
    this.#life.beatIsNews = true;
  }

  /** Forgets everything: a new guest begins. */
  beginLife(): void {
    this.#life = newLife(this.#parts.clock);
  }

  /** The rig lost the guest. */
  declareLost(detail: string): void {
    if (this.#die('lost')) this.#emit({ kind: 'rig', at: this.#parts.clock.now(), detail });
  }

  /** To be called now and then: finds silence. */
  checkSilence(): void {
    const { clock, silenceMsMax } = this.#parts;
    const silentMs = clock.monotonicMs() - this.#life.lastBeatAtMs;
    if (this.#life.death !== null || this.#life.hung || silentMs <= silenceMsMax) return;
    this.#life.hung = true;
    this.#noteUnseen();
    this.#life.beatIsNews = true;
    this.#emit({ kind: 'heartbeat-lost', at: clock.now(), channel: 'serial' });
  }

  #emit(event: GuestEvent): void {
    for (const watcher of this.#watchers) watcher(event);
  }

  /** @returns false when it was dead already */
  #die(death: Death): boolean {
    if (this.#life.death !== null) return false;
    this.#life.death = death;
    this.#noteUnseen();
    return true;
  }

  #noteUnseen(): void {
    if (this.#watchers.size > 0) return;
    this.#life.lostUnseenAtMs = this.#parts.clock.monotonicMs();
  }

  #onBeat(): void {
    const { clock } = this.#parts;
    this.#life.lastBeatAtMs = clock.monotonicMs();
    if (!this.#life.beatIsNews) return;
    this.#life.beatIsNews = false;
    this.#life.hung = false;
    this.#life.lostUnseenAtMs = null;
    this.#emit({ kind: 'heartbeat', at: clock.now(), channel: 'serial' });
  }

  #onFault(fault: ProbeFault): void {
    if (this.#life.faults.length >= faultsMax) return;
    this.#life.faults.push(fault);
    this.#emit({ kind: 'fault', at: this.#parts.clock.now(), ...fault });
  }

  #onQmpEvent(process: QemuProcess, { name, data, atMs }: QmpEvent): void {
    const at = toInstant(atMs);
    if (name === 'GUEST_PANICKED') void this.#onPanic(process, at);
    if (name === 'BLOCK_IO_ERROR') this.#onBlockError(data, at);
    if (name === 'SHUTDOWN') this.#onShutdown(data, at);
  }

  #onBlockError(data: unknown, at: Instant): void {
    const seen = readAs(BlockErrorEvent, data);
    const why = seen?.nospace === true ? 'no space left' : (seen?.reason ?? 'I/O error');
    // QEMU has stopped the guest; it is brought up anew rather than left on a disk that is full.
    if (!this.#die('killed')) return;
    this.#emit({ kind: 'rig', at, detail: `a disk image of the guest failed: ${why}` });
    this.#parts.onKilled();
  }

  #onShutdown(data: unknown, at: Instant): void {
    const seen = readAs(ShutdownEvent, data);
    if (seen?.guest !== true || !this.#die(seen.reason === 'guest-reset' ? 'reset' : 'off')) return;
    this.#emit({ kind: 'reset', at, channel: `qmp-${seen.reason}` });
  }

  async #onPanic(process: QemuProcess, at: Instant): Promise<void> {
    if (!this.#die('panicked')) return;
    const life = this.#life;
    const stop = await this.#readLastWords(process);
    if (this.#life !== life) return;
    const damage = life.faults.find(({ probe }) => probe === 'page-checker');
    if (damage !== undefined) {
      // Memory was lost before: whatever it died of then is no bug of the guest.
      const detail = `${damage.detail}; then it panicked: ${stop.reason ?? 'no reason'}`;
      return this.#emit({ kind: 'fault', at, probe: damage.probe, detail });
    }
    const channel = 'qmp-guest-panicked';
    this.#emit({ kind: 'bugcheck', subject: 'guest', host: this.#parts.host(), at, channel, stop });
  }

  async #readLastWords(process: QemuProcess): Promise<StopError> {
    const { clock, symbols } = this.#parts;
    const giveUpAtMs = clock.monotonicMs() + lastWordsMsMax;
    for (;;) {
      const text = process.console.text();
      const stop = parsePanic(text, symbols);
      // The function comes after the reason; a dead guest is paused before the very last lines.
      const isWhole = stop?.function != null || text.includes('end Kernel panic');
      const isOver = clock.monotonicMs() >= giveUpAtMs || process.exit !== null;
      if (isWhole || isOver) return stop ?? unknownStop;
      await clock.sleep(lastWordsEveryMs);
    }
  }

  #onExit(process: QemuProcess, exit: ProcessExit): void {
    const role = this.#attached.get(process)?.role;
    this.detach(process);
    if (process.dismissed || role !== 'running') return;
    const isKilled = exit.signal !== null && fromOutside.has(exit.signal);
    if (!this.#die(isKilled ? 'killed' : 'process-died')) return;
    const at = this.#parts.clock.now();
    const how = exit.signal ?? `exit ${exit.code}`;
    if (isKilled) {
      this.#emit({ kind: 'rig', at, detail: `QEMU was ended from outside by ${how}` });
      return this.#parts.onKilled();
    }
    const reason = `QEMU died by ${how}: ${process.errorText().trim()}`;
    const stop = { ...unknownStop, module: 'qemu', reason };
    const found = { kind: 'bugcheck', subject: 'host', channel: 'process-exit' } as const;
    this.#emit({ ...found, host: this.#parts.host(), at, stop });
  }
}

function newLife(clock: Clock): Life {
  return {
    death: null,
    hung: false,
    lastBeatAtMs: clock.monotonicMs(),
    beatIsNews: true,
    faults: [],
    lostUnseenAtMs: null,
  };
}

const unknownStop: StopError = {
  code: null,
  parameters: [],
  module: null,
  function: null,
  offset: null,
  reason: null,
};

/** Signals a process gets from people, from the kernel short of memory, or from its worker's end. */
const fromOutside = new Set<NodeJS.Signals>(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT']);
