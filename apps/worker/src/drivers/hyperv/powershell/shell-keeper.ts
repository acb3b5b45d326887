import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { DriverLog } from '../../../application/ports.ts';
import { type CallFault, faultOf, type Shell } from './shell.ts';

export interface ShellLimits {
  readonly callsPerShellMax: number;
  readonly shellAgeMsMax: number;
  readonly shellBytesMax: number;
  /** A shell that rested longer is asked for a sign of life before it is trusted. */
  readonly idleMsMax: number;
  readonly bootMsMax: number;
  /** Pauses between tries to start a shell; they double from the one to the other. */
  readonly backoffMsMin: number;
  readonly backoffMsMax: number;
}

export const defaultShellLimits: ShellLimits = {
  callsPerShellMax: 200,
  shellAgeMsMax: 30 * 60_000,
  shellBytesMax: 1024 * 1024 * 1024,
  idleMsMax: 60_000,
  bootMsMax: 60_000,
  backoffMsMin: 500,
  backoffMsMax: 30_000,
};

export interface KeeperParts {
  /** `control`, `observation`: in logs. */
  readonly name: string;
  readonly startShell: (generation: number) => Shell;
  /** Told to a shell after it has loaded the module (credentials); may be empty. */
  readonly prelude?: readonly { readonly op: string; readonly args: unknown }[];
  readonly clock: Clock;
  readonly log: DriverLog;
}

export interface ShellKeeper {
  /** A shell that answered: the present one, or a new one. A fault while none can be started. */
  lease(): Promise<Shell | CallFault>;
  /** Ends the present shell, and one that is just starting. */
  retire(): Promise<void>;
  readonly generation: number;
  readonly pid: number | undefined;
}

/**
 * Keeps one shell fit: replaces it after so many calls, at an age, when it grew or when it is of no
 * use; after a failed start it does not try again before a growing pause has passed.
 */
export function createShellKeeper(parts: KeeperParts, limits: ShellLimits): ShellKeeper {
  const { name, clock, log } = parts;
  let shell: Shell | null = null;
  let starting: Shell | null = null;
  let startedAtMs = 0;
  let usedAtMs = 0;
  let generation = 0;
  let failures = 0;
  let nextTryAtMs = 0;

  async function retire(): Promise<void> {
    const old = [shell, starting].filter((one) => one !== null);
    shell = null;
    starting = null;
    await Promise.all(old.map((one) => one[Symbol.asyncDispose]()));
  }

  async function start(): Promise<Shell | CallFault> {
    generation += 1;
    const fresh = parts.startShell(generation);
    starting = fresh;
    const fault = await bootShell(fresh, parts.prelude ?? [], limits.bootMsMax);
    starting = null;
    if (fault === null) {
      failures = 0;
      startedAtMs = clock.monotonicMs();
      return fresh;
    }
    await fresh[Symbol.asyncDispose]();
    failures += 1;
    const pauseMs = Math.min(limits.backoffMsMax, limits.backoffMsMin * 2 ** (failures - 1));
    nextTryAtMs = clock.monotonicMs() + pauseMs;
    log.warn(
      { lane: name, generation, failures, detail: fault.detail },
      'powershell did not start',
    );
    return fault;
  }

  return {
    retire,
    get generation() {
      return generation;
    },
    get pid() {
      return shell?.pid;
    },
    async lease() {
      const now = clock.monotonicMs();
      if (shell !== null && isFit(shell, now - startedAtMs, limits)) {
        const rested = now - usedAtMs > limits.idleMsMax;
        usedAtMs = now;
        if (!rested || (await answers(shell, limits.bootMsMax))) return shell;
      }
      await retire();
      if (now < nextTryAtMs) {
        const pauseMs = Math.ceil(nextTryAtMs - now);
        return faultOf('spawn', `PowerShell does not start; next try in ${pauseMs} ms`);
      }
      const started = await start();
      if ('kind' in started) return started;
      usedAtMs = clock.monotonicMs();
      shell = started;
      return started;
    },
  };
}

function isFit(shell: Shell, ageMs: number, limits: ShellLimits): boolean {
  return (
    shell.usable &&
    shell.callCount < limits.callsPerShellMax &&
    shell.workingSetBytes <= limits.shellBytesMax &&
    ageMs <= limits.shellAgeMsMax
  );
}

async function bootShell(
  shell: Shell,
  prelude: readonly { readonly op: string; readonly args: unknown }[],
  msMax: number,
): Promise<CallFault | null> {
  const fault = await shell.boot(msMax);
  if (fault !== null) return fault;
  const greeting = { op: 'ping', args: { nonce: shell.generation } };
  for (const { op, args } of [greeting, ...prelude]) {
    const outcome = await shell.call(op, args, msMax);
    if (outcome.kind === 'answer') continue;
    const detail = outcome.kind === 'fault' ? outcome.detail : outcome.error.message;
    return faultOf('spawn', `${op}: ${detail}`);
  }
  return null;
}

async function answers(shell: Shell, msMax: number): Promise<boolean> {
  const sign = await shell.call('ping', { nonce: shell.callCount }, msMax);
  return sign.kind === 'answer';
}
