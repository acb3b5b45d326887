import { AppError } from '@gauntlet/shared/contracts/errors';
import type { MigrationResult } from '@gauntlet/shared/domain/migration';
import type { PowerCycleRequest, ProbeResult, VmLocation } from '../../application/ports.ts';
import { classifyFailure } from './classify-failure.ts';
import type { Tried } from './desk.ts';
import { isMigrating, toLocation } from './locator.ts';
import { aborted, type MoverParts, pause } from './migrate-vm.ts';
import type { VmWhereabouts } from './operations.ts';

type PowerOp = 'vm.turnOff' | 'vm.start' | 'vm.reset';

/** Turns a VM off and on again, on its host. `completed` when the cluster says that it runs. */
export async function powerCycle(
  parts: MoverParts,
  request: PowerCycleRequest,
  signal: AbortSignal,
): Promise<MigrationResult> {
  if (signal.aborted) throw aborted();
  const { vmId, host, timeoutMs } = request;
  const row = await parts.locator.find(vmId, signal);
  await parts.hosts.require([host], signal);
  if (row.host !== host || isMigrating(row)) {
    const message = `the VM is on ${row.host ?? 'no host'}${isMigrating(row) ? ' and moving' : ''}`;
    return { kind: 'failed', failure: { class: 'busy', code: null, message } };
  }
  const startedMs = parts.clock.monotonicMs();
  const until = startedMs + timeoutMs;
  const off = await switchTo(parts, { op: 'vm.turnOff', vmId, host, state: 'off', until }, signal);
  if (off !== null) return off;
  const on = await switchTo(parts, { op: 'vm.start', vmId, host, state: 'running', until }, signal);
  if (on !== null) return on;
  const tookMs = parts.clock.monotonicMs() - startedMs;
  return { kind: 'completed', switchedOverAt: parts.clock.now(), copyMs: 0, blackoutMs: tookMs };
}

interface Switch {
  readonly op: PowerOp;
  readonly vmId: string;
  readonly host: string;
  readonly state: VmWhereabouts['state'];
  readonly until: number;
}

/** Switches and polls until the VM is in that state; null when it is, else why not. */
async function switchTo(
  parts: MoverParts,
  { op, vmId, host, state, until }: Switch,
  signal: AbortSignal,
): Promise<MigrationResult | null> {
  const { desk, locator, clock, settings } = parts;
  const tried = await desk.tryTo(op, { vmId, host });
  if (tried.kind === 'refused') return { kind: 'failed', failure: failureOf(parts, tried) };
  while (clock.monotonicMs() < until && !signal.aborted) {
    const row = await locator.find(vmId).catch(() => null);
    if (row?.state === state) return null;
    await pause(clock, settings.pollMs, signal);
  }
  const message = `${op}: the VM was not ${state} in time`;
  return { kind: 'unknown', failure: { class: 'unknown', code: null, message } };
}

function failureOf(
  { settings }: MoverParts,
  { error }: Extract<Tried<PowerOp>, { kind: 'refused' }>,
) {
  return classifyFailure(error, { 'Gauntlet.DryRun': 'cancelled', ...settings.errorClasses });
}

/** Proof of life: the VM runs, and its guest keeps up the heartbeat. */
export async function probeVm(
  { desk, locator }: MoverParts,
  vmId: string,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const row = await locator.find(vmId, signal);
  if (row.host === null || row.state !== 'running') return { alive: false, faults: [] };
  const { vms } = await desk.ask('host.heartbeats', { host: row.host }, { signal });
  const seen = vms.find((vm) => vm.id.toLowerCase() === vmId.toLowerCase());
  return { alive: seen?.state === 'running' && seen.heartbeat === 'ok', faults: [] };
}

/**
 * Brings a dead VM back. A guest that writes its dump is let finish: it is reset only when it has
 * not come back by itself in `dumpMs`.
 *
 * @throws AppError `driver.unavailable` when it does not live in time
 */
export async function recoverVm(
  parts: MoverParts,
  vmId: string,
  signal: AbortSignal,
): Promise<VmLocation> {
  const { locator, clock, settings } = parts;
  const startedMs = clock.monotonicMs();
  await locator.find(vmId, signal);
  const progress = { isReset: false };
  while (clock.monotonicMs() - startedMs < settings.recoverMs) {
    signal.throwIfAborted();
    const row = await locator.find(vmId, signal).catch(() => null);
    const mayReset = clock.monotonicMs() - startedMs >= settings.dumpMs;
    if (row !== null && (await isBack(parts, { vmId, row, mayReset, progress }, signal))) {
      return toLocation(vmId, row);
    }
    await pause(clock, settings.pollMs, signal);
  }
  const seconds = Math.round(settings.recoverMs / 1000);
  throw new AppError('driver.unavailable', `the VM did not come back within ${seconds} s`);
}

/** One step of a recovery; true when the VM lives. */
async function isBack(
  parts: MoverParts,
  step: { vmId: string; row: VmWhereabouts; mayReset: boolean; progress: { isReset: boolean } },
  signal: AbortSignal,
): Promise<boolean> {
  const { vmId, row, mayReset, progress } = step;
  const { host } = row;
  if (host === null || isMigrating(row)) return false;
  if (row.state !== 'running') {
    await parts.desk.tryTo('vm.start', { vmId, host }, { signal });
    return false;
  }
  const { alive } = await probeVm(parts, vmId, signal).catch(() => ({ alive: false }));
  if (alive) return true;
  if (mayReset && !progress.isReset) {
    const tried = await parts.desk.tryTo('vm.reset', { vmId, host }, { signal });
    progress.isReset = tried.kind === 'answer';
  }
  return false;
}

/** Restores placements one after the other; a sentence for each that could not be. */
export async function putBackVms(
  parts: MoverParts,
  migrate: (request: { vmId: string; source: string; target: string }) => Promise<MigrationResult>,
  placements: readonly { readonly vmId: string; readonly host: string }[],
): Promise<string[]> {
  const differences: string[] = [];
  for (const { vmId, host } of placements) {
    const difference = await putBackOne(parts, migrate, { vmId, host });
    if (difference !== null) differences.push(difference);
  }
  return differences;
}

async function putBackOne(
  { locator }: MoverParts,
  migrate: (request: { vmId: string; source: string; target: string }) => Promise<MigrationResult>,
  { vmId, host }: { vmId: string; host: string },
): Promise<string | null> {
  try {
    const row = await locator.find(vmId);
    if (row.host === host) return null;
    const name = row.name ?? vmId;
    if (row.host === null) return `${name} runs on no host; it belongs on ${host}`;
    const result = await migrate({ vmId, source: row.host, target: host });
    if (result.kind === 'completed') return null;
    return `${name} is on ${row.host}, not on ${host}: ${result.failure.message}`;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return `${vmId.slice(0, 100)} could not be put back on ${host.slice(0, 100)}: ${reason}`;
  }
}
