import { isActive } from '@gauntlet/shared/domain/campaign';
import { dispatchAttempts } from './application/dispatch-attempts.ts';
import { guardCampaigns } from './application/guard-campaigns.ts';
import type { Parts } from './application/parts.ts';
import { reconcileAttempts } from './application/reconcile-attempts.ts';
import { refreshInventory } from './application/refresh-inventory.ts';
import { fireDueSchedules } from './application/schedules/fire-schedule.ts';
import { createLanes, type Lanes, type Loop, type LoopContext, runLoop } from './loops.ts';

const leaseEveryMs = 250;
const dispatchEveryMs = 500;
const reconcileEveryMs = 2_000;
/** Reports and jobs of younger attempts are on their way. */
const reconcileAgeMsMin = 10_000;
const lookEveryMs = 30_000;
/** While a VM is out of service: it may be up again. */
const lookAgainEveryMs = 2_000;
const guardEveryMs = 5_000;
/** The bell rings on the second; this hears what it did not ring for. */
const scheduleEveryMs = 2_000;
const purgeEveryMs = 3_600_000;

/** What the loops need beside the application's parts. */
export interface EngineHooks {
  /** Throws when this process may not act: another one took over, or the database is lost. */
  readonly assertInCharge: () => Promise<void>;
  readonly renewLeases: () => Promise<void>;
  readonly sweepReports: () => Promise<void>;
  readonly purge: () => Promise<void>;
  readonly onRoom: (listener: (clusterId: string) => void) => void;
}

/** Starts everything that runs by itself. Resolves, after the signal, when all of it has ended. */
export async function runEngine(
  parts: Parts,
  { context, hooks }: { context: LoopContext; hooks: EngineHooks },
): Promise<void> {
  const dispatch = createLanes(context, 'dispatch', async (clusterId) => {
    await hooks.assertInCharge();
    await dispatchAttempts(parts, clusterId);
    if (parts.state.mustLook.has(clusterId)) look.kick(clusterId);
  });
  const look: Lanes = createLanes(context, 'inventory', async (clusterId) => {
    await refreshInventory(parts, clusterId);
    dispatch.kick(clusterId);
  });
  const reconcile = createReconcile(parts, context);
  const guards = createLanes(context, 'guards', async (clusterId) => {
    await guardCampaigns(parts, clusterId);
  });
  hooks.onRoom((clusterId) => dispatch.kick(clusterId));
  const loops: Loop[] = [
    { name: 'leases', everyMs: leaseEveryMs, work: guarded(hooks, hooks.renewLeases) },
    {
      name: 'dispatch',
      everyMs: dispatchEveryMs,
      work: () => forEachActive(parts, (id) => dispatch.kick(id)),
    },
    {
      name: 'reconcile',
      everyMs: reconcileEveryMs,
      work: guarded(hooks, async () => {
        await hooks.sweepReports();
        await forEachActive(parts, (id) => reconcile.kick(id));
      }),
    },
    { name: 'look', everyMs: lookAgainEveryMs, work: createLookout(parts, look) },
    {
      name: 'guards',
      everyMs: guardEveryMs,
      work: () => forEachActive(parts, (id) => guards.kick(id)),
    },
    {
      name: 'schedules',
      everyMs: scheduleEveryMs,
      work: guarded(hooks, () => fireDueSchedules(parts)),
    },
    { name: 'purge', everyMs: purgeEveryMs, work: hooks.purge },
  ];
  await Promise.all(loops.map((loop) => runLoop(context, loop)));
  await Promise.all([dispatch.idle(), look.idle(), reconcile.idle(), guards.idle()]);
}

function guarded({ assertInCharge }: EngineHooks, work: () => Promise<void>) {
  return async () => {
    await assertInCharge();
    await work();
  };
}

/** The first round looks at everything: whatever an earlier process left is old enough. */
function createReconcile(parts: Parts, context: LoopContext): Lanes {
  const seen = new Set<string>();
  return createLanes(context, 'reconcile', async (clusterId) => {
    const ageMsMin = seen.has(clusterId) ? reconcileAgeMsMin : 0;
    const settled = await reconcileAttempts(parts, clusterId, { ageMsMin });
    seen.add(clusterId);
    if (settled > 0) parts.notices.clusterHasRoom(clusterId);
  });
}

/**
 * Keeps the inventory of clusters with campaigns fresh: hosts go down, dead VMs come back. What an
 * earlier process left is of no known age, and is looked at anew at once.
 */
function createLookout(parts: Parts, look: Lanes): () => Promise<void> {
  const askedMs = new Map<string, number>();
  return () =>
    forEachActive(parts, async (clusterId) => {
      const nowMs = parts.clock.monotonicMs();
      const lastMs = askedMs.get(clusterId) ?? parts.state.lookedMs.get(clusterId);
      const isDue = lastMs === undefined || nowMs >= lastMs + lookEveryMs;
      const urgent = parts.state.mustLook.has(clusterId) || (await hasDeadVms(parts, clusterId));
      if (!isDue && !urgent) return;
      askedMs.set(clusterId, nowMs);
      look.kick(clusterId);
    });
}

async function hasDeadVms({ stores }: Parts, clusterId: string): Promise<boolean> {
  const campaigns = await stores.campaigns.listActive(clusterId);
  const placements = await stores.placements.list(clusterId);
  const dead = new Set(placements.filter((one) => !one.usable).map((one) => one.vmId));
  if (dead.size === 0) return false;
  return campaigns.some(
    ({ state, plan }) =>
      isActive(state) && plan.arms.some((arm) => arm.vms.some((vm) => dead.has(vm.id))),
  );
}

async function forEachActive(
  { stores }: Parts,
  work: (clusterId: string) => Promise<void> | void,
): Promise<void> {
  for (const id of await stores.campaigns.listActiveClusterIds()) await work(id);
}
