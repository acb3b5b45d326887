import { AppError } from '@gauntlet/shared/contracts/errors';
import type {
  ControlReply,
  ControlRequest,
  InventoryPayload,
} from '@gauntlet/shared/contracts/worker-messages';
import type { Inventory } from '@gauntlet/shared/domain/inventory';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import { clipText } from './clip.ts';
import { type Bounded, toReason, within } from './limits.ts';
import type { HypervisorDriver, VmLocation } from './ports.ts';

/** Real milliseconds. */
const askMs = 60_000;
const putBackMs = 1_800_000;
const controlsMs = 120_000;
const abortMs = 10_000;
const locatesAtOnceMax = 8;

export interface ControlPorts {
  readonly clock: Clock;
  readonly workerId: string;
  /** Lends the cluster's driver. @throws AppError when it cannot be built */
  readonly useDriver: <Value>(work: (driver: HypervisorDriver) => Promise<Value>) => Promise<Value>;
}

/** Answers the orchestrator's question or says why not. Never rejects; bounded in time. */
export async function answerControl(
  request: ControlRequest,
  { clock, workerId, useDriver }: ControlPorts,
  signal: AbortSignal,
): Promise<ControlReply> {
  const head = {
    v: 1,
    kind: 'control',
    requestId: request.requestId,
    clusterId: request.clusterId,
    workerId,
  } as const;
  const limit = { clock, signal, ms: msOf(request), abortMs };
  const answered = await answer();
  if (answered.kind === 'done') return { ...head, ok: true, error: null, ...answered.value };
  const error = clipText(toReason(`${request.op} failed`, answered));
  return { ...head, ok: false, error, ...nothing };

  async function answer(): Promise<Bounded<Answer>> {
    try {
      return await useDriver((driver) =>
        within(limit, (callSignal) => perform(request, driver, callSignal)),
      );
    } catch (error) {
      return { kind: 'failed', error };
    }
  }
}

function msOf({ op }: ControlRequest): number {
  if (op === 'put-back') return putBackMs;
  return op === 'controls' ? controlsMs : askMs;
}

/** A reply to a request that was not even tried. */
export function refuseControl(
  { requestId, clusterId }: ControlRequest,
  workerId: string,
  reason: string,
): ControlReply {
  const head = { v: 1, kind: 'control', requestId, clusterId, workerId } as const;
  return { ...head, ok: false, error: clipText(reason), ...nothing };
}

type Answer = Pick<ControlReply, 'inventory' | 'locations' | 'controls' | 'differences'>;

const nothing: Answer = { inventory: null, locations: null, controls: null, differences: null };

async function perform(
  request: ControlRequest,
  driver: HypervisorDriver,
  signal: AbortSignal,
): Promise<Answer> {
  switch (request.op) {
    case 'inventory': {
      return { ...nothing, inventory: toPayload(await driver.inventory(signal)) };
    }
    case 'locate':
      return { ...nothing, locations: await locateAll(request.vmIds, driver, signal) };
    case 'controls': {
      if (driver.controls === undefined) {
        throw new AppError(
          'driver.unavailable',
          `driver ${driver.name} crashes no guest on command`,
        );
      }
      const { positive, negative, problems } = await driver.controls(request.vmId, signal);
      return {
        ...nothing,
        controls: { positive, negative, problems: problems.map((line) => clipText(line)) },
      };
    }
    case 'put-back': {
      if (!driver.capabilities.has('put-back')) {
        throw new AppError('driver.unavailable', `driver ${driver.name} cannot put back`);
      }
      const differences = await driver.putBack(request.placements, signal);
      return { ...nothing, differences: differences.map((line) => clipText(line)) };
    }
  }
}

async function locateAll(
  vmIds: readonly string[],
  driver: HypervisorDriver,
  signal: AbortSignal,
): Promise<VmLocation[]> {
  const located: VmLocation[] = [];
  for (let start = 0; start < vmIds.length; start += locatesAtOnceMax) {
    const some = vmIds.slice(start, start + locatesAtOnceMax);
    located.push(...(await Promise.all(some.map((vmId) => locateOne(vmId, driver, signal)))));
  }
  return located;
}

/** A VM the cluster does not know is an answer, not a failure of the question. */
async function locateOne(
  vmId: string,
  driver: HypervisorDriver,
  signal: AbortSignal,
): Promise<VmLocation> {
  try {
    return await driver.locate(vmId, signal);
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'driver.vm-unknown') throw error;
    return { vmId, host: null, state: 'unknown', migrating: false };
  }
}

/** The payload's types are not readonly, as TypeBox makes them; nobody changes it. */
function toPayload(inventory: Inventory): InventoryPayload {
  return {
    takenAt: inventory.takenAt,
    hosts: inventory.hosts.map((host) => ({
      ...host,
      hypervisorFiles: [...host.hypervisorFiles],
      hotfixes: [...host.hotfixes],
    })),
    vms: inventory.vms.map((vm) => ({
      ...vm,
      guestFiles: [...vm.guestFiles],
      disks: [...vm.disks],
      tags: [...vm.tags],
    })),
  };
}
