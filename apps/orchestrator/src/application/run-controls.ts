import { AppError } from '@gauntlet/shared/contracts/errors';
import type { Parts } from './parts.ts';
import type { CampaignPlan, ControlsRecord, PlannedVm } from './records.ts';

/** The worker takes 2 minutes at most. */
const controlsMsMax = 150_000;

/**
 * Lets a worker crash and hang one guest of the campaign on command, before there is a campaign:
 * whatever it shows is no attempt. Meanwhile no other campaign touches that guest.
 *
 * @throws AppError `state.conflict` when the cluster is stopped or every guest is being moved,
 *   `request.impossible` when the driver cannot, `cluster.silent`
 */
export async function runControls(
  parts: Parts,
  clusterId: string,
  plan: CampaignPlan,
): Promise<ControlsRecord> {
  const { state, ids, control, clock } = parts;
  const cluster = await parts.stores.clusters.find(clusterId);
  if (cluster === undefined || cluster.stoppedAt !== null)
    throw new AppError('state.conflict', 'the cluster is stopped; release it first');
  const reservation = ids.next();
  try {
    const vm = await reserveVm(parts, clusterId, { plan, reservation });
    const request = {
      v: 1,
      requestId: ids.next(),
      clusterId,
      op: 'controls',
      vmId: vm.id,
    } as const;
    const { ok, controls, error } = await control.ask(request, controlsMsMax);
    if (!ok || controls == null) throw refusal(error ?? 'the worker did not say what it saw');
    return { vm: vm.name, ...controls, at: clock.now() };
  } finally {
    state.puttingBack.delete(reservation);
  }
}

/** A guest on its way home is planned by nobody, and so is one that is about to be crashed. */
async function reserveVm(
  { state, stores }: Parts,
  clusterId: string,
  { plan, reservation }: { readonly plan: CampaignPlan; readonly reservation: string },
): Promise<PlannedVm> {
  const taken = new Set([...state.puttingBack.values()].flat().map(({ vmId }) => vmId));
  for (const vm of plan.arms.flatMap((arm) => arm.vms)) {
    if (taken.has(vm.id)) continue;
    const stay = { clusterId, vmId: vm.id, source: vm.home, target: vm.home };
    state.puttingBack.set(reservation, [stay]);
    const inFlight = await stores.attempts.listInFlight(clusterId);
    if (!inFlight.some(({ vmId }) => vmId === vm.id)) return vm;
  }
  const detail = 'every VM of the campaign is being moved: there is none to run the controls on';
  throw new AppError('state.conflict', detail);
}

function refusal(why: string): AppError {
  const detail = `the controls could not be run: ${why}`;
  const details = { errors: [{ pointer: '/controls', detail }] };
  return new AppError('request.impossible', detail, { details });
}
