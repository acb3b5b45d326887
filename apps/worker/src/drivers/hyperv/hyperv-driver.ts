import path from 'node:path';
import { AppError } from '@gauntlet/shared/contracts/errors';
import type { Vm } from '@gauntlet/shared/domain/inventory';
import { toGuid } from '@gauntlet/shared/evidence/windows-event';
import type {
  DriverCapability,
  DriverContext,
  DriverFactory,
  HypervisorDriver,
} from '../../application/ports.ts';
import { createClusterHosts } from './cluster-hosts.ts';
import { collectCrash } from './collect-crash.ts';
import { createDesk, type Desk, type Lanes } from './desk.ts';
import { withDryRun } from './dry-run.ts';
import { createEventPump } from './event-pump.ts';
import { createLocator, toLocation } from './locator.ts';
import { createMover } from './migrate-vm.ts';
import { type GuestAccess, type HypervSettings, parseHypervOptions } from './options.ts';
import { powerCycle, probeVm, putBackVms, recoverVm } from './power.ts';
import { shellEnvironment } from './powershell/environment.ts';
import { createLane } from './powershell/lane.ts';
import { createShell, type ShellSpec } from './powershell/shell.ts';
import { readFingerprint, readInventory } from './read-inventory.ts';
import { createWatcher } from './watch-vm.ts';

export const defaultModulePath = path.join(import.meta.dirname, 'scripts', 'Gauntlet.HyperV.psm1');

/** How long a placement may take to be restored, ms. */
const putBackMsMax = 600_000;

/** Drives Hyper-V through PowerShell: failover clusters and standalone hosts. */
export const createHypervDriver: DriverFactory = async (context) => {
  const settings = parseHypervOptions(context.options);
  const desk = await openDesk(context, settings);
  return assemble(context, settings, desk);
};

/**
 * The desk of a cluster, with PowerShell proved to answer.
 *
 * @throws AppError `driver.unavailable` with what is missing
 */
export async function openDesk(context: DriverContext, settings: HypervSettings): Promise<Desk> {
  const lanes = openLanes(context, settings);
  const desk = withDryRun(createDesk(lanes, settings.where, settings.callMs), settings.dryRun);
  try {
    const { psVersion, edition, hostName } = await desk.ask('ping', { nonce: 0 });
    context.log.info({ psVersion, edition, hostName }, 'powershell answers');
    return desk;
  } catch (error) {
    await desk[Symbol.asyncDispose]();
    throw error;
  }
}

function openLanes(context: DriverContext, settings: HypervSettings): Lanes {
  const { clock, log } = context;
  const spec: ShellSpec = {
    executable: settings.executable,
    executableOptions: {
      '-NoProfile': true,
      '-NonInteractive': true,
      ...(settings.executionPolicy !== null && { '-ExecutionPolicy': settings.executionPolicy }),
    },
    env: shellEnvironment(process.env),
    cwd: import.meta.dirname,
    modulePath: settings.modulePath ?? defaultModulePath,
  };
  const prelude = preludeOf(context, settings.guest);
  const open = (name: string) =>
    createLane({
      name,
      startShell: (generation) => createShell(spec, generation, clock),
      prelude,
      clock,
      log,
    });
  return { control: open('control'), observation: open('observation') };
}

/** Credentials reach a shell through its standard input, once, and stay in its memory. */
function preludeOf({ secret }: DriverContext, guest: GuestAccess) {
  const { access, user, passwordReference, secretName } = guest;
  if (access === 'none') return [];
  if (secretName !== null) {
    return [{ op: 'credential.set', args: { user: null, password: null, secretName } }];
  }
  if (user === null || passwordReference === null) return [];
  const password = secret(passwordReference);
  if (password === undefined) {
    const message = `the worker has no secret ${passwordReference}`;
    throw new AppError('driver.unavailable', message, {
      details: { reference: passwordReference },
    });
  }
  return [{ op: 'credential.set', args: { user, password, secretName: null } }];
}

function assemble(
  { clock, log }: DriverContext,
  settings: HypervSettings,
  desk: Desk,
): HypervisorDriver {
  const hosts = createClusterHosts(desk, clock);
  const locator = createLocator(desk, settings.vms);
  const lastReads = new Map<string, Vm>();
  const parts = { desk, hosts, locator, settings, clock, log, lastReads };
  const mover = createMover(parts);
  const pump = createEventPump(parts);
  const watcher = createWatcher(parts, pump);
  const canonical = (vmId: string) => toGuid(vmId) ?? vmId;
  return {
    name: 'hyperv',
    capabilities: capabilitiesOf(settings),
    clock,
    inventory: (signal) => readInventory(parts, signal),
    fingerprint: (vmId, names, signal) =>
      readFingerprint(parts, { vmId: canonical(vmId), hosts: names }, signal),
    locate: async (vmId, signal) => toLocation(vmId, await locator.find(vmId, signal)),
    migrate: (request, signal) =>
      mover.migrate({ ...request, vmId: canonical(request.vmId) }, signal),
    powerCycle: (request, signal) =>
      powerCycle(parts, { ...request, vmId: canonical(request.vmId) }, signal),
    probe: (vmId, signal) => probeVm(parts, canonical(vmId), signal),
    watch: (vmId, onEvent, signal) => watcher.watch(canonical(vmId), onEvent, signal),
    collectEvidence: (request, signal) =>
      collectCrash(parts, { ...request, vmId: canonical(request.vmId) }, signal),
    recover: (vmId, signal) => recoverVm(parts, canonical(vmId), signal),
    async putBack(placements, signal) {
      signal.throwIfAborted();
      const move = (order: { vmId: string; source: string; target: string }) =>
        mover.migrate(
          { ...order, vmId: canonical(order.vmId), attemptId: 'put-back', timeoutMs: putBackMsMax },
          signal,
        );
      return putBackVms(parts, move, placements);
    },
    async [Symbol.asyncDispose]() {
      await pump[Symbol.asyncDispose]();
      await desk[Symbol.asyncDispose]();
    },
  };
}

function capabilitiesOf({ guest }: HypervSettings): ReadonlySet<DriverCapability> {
  const capabilities: DriverCapability[] = ['live-migration', 'power-cycle', 'put-back'];
  if (guest.access !== 'none') capabilities.push('memory-dump');
  return new Set(capabilities);
}
