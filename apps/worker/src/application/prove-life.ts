import { type AttemptScope, ask } from './attempt-scope.ts';
import { isHeartbeatBack, type Life, type Motion } from './classify.ts';
import { toReason } from './limits.ts';
import { crashesOf } from './observe-guest.ts';
import type { ProbeResult } from './ports.ts';

/** ms of the driver's clock. */
const channelsMsDefault = 2_000;
const codeMs = 5_000;
/** Real ms: however fast a cluster's time runs, its events travel in ours. */
const codeRealMs = 1_000;
const probeEveryMs = 1_000;
const probesMax = 3;

export interface Proof {
  readonly life: Life;
  readonly settleMs: number | null;
}

/**
 * Watches through the settle window and asks the guest for a sign of life. A crash ends the window
 * early; then only the other channels of the same crash are waited for.
 */
export async function proveLife(scope: AttemptScope, motion: Motion): Promise<Proof> {
  if (motion.kind !== 'completed') return { life: await askSuspect(scope), settleMs: null };
  const { ports, timeline, job, observation } = scope;
  const { clock } = ports.driver;
  ports.onPhase('settle');
  timeline.add('settling', `${job.settleMs} ms`);
  const startedMs = clock.monotonicMs();
  const isOver = await linger(scope, job.settleMs, observation.crashed);
  const settleMs = clock.monotonicMs() - startedMs;
  if (!isOver) {
    return { life: { kind: 'failed', reason: 'the settle window did not end' }, settleMs };
  }
  return { life: await askForLife(scope), settleMs };
}

/** A VM that was not moved is asked only when something was seen of it. */
async function askSuspect(scope: AttemptScope): Promise<Life> {
  const { observation } = scope;
  const isSuspect = observation.hasCrashed() || !isHeartbeatBack(observation.events());
  return isSuspect ? askForLife(scope) : { kind: 'unasked' };
}

async function askForLife(scope: AttemptScope): Promise<Life> {
  const { observation, signal } = scope;
  if (observation.hasCrashed()) await linger(scope, channelsMsOf(scope));
  if (signal.aborted || hasToldCrash(scope)) return { kind: 'unasked' };
  const life = await probe(scope);
  const isDead = life.kind === 'probed' && !life.result.alive;
  if (isDead && !hasToldCrash(scope)) {
    // The code of a guest that just died may still be on its way.
    await waitForCode(scope);
  }
  return life;
}

/** A reset is no code: after it both times are waited out. */
async function waitForCode(scope: AttemptScope): Promise<void> {
  const { observation, ports, signal } = scope;
  const until = observation.hasCrashed() ? undefined : observation.crashed;
  await linger(scope, codeMs, until);
  if (until?.aborted !== true && !hasToldCrash(scope)) {
    const ended = until === undefined ? signal : AbortSignal.any([signal, until]);
    await ports.clock.sleep(codeRealMs, ended).catch(() => {});
  }
  if (observation.hasCrashed()) await linger(scope, channelsMsOf(scope));
}

function channelsMsOf({ ports }: AttemptScope): number {
  return ports.driver.crashChannelsMs ?? channelsMsDefault;
}

async function probe(scope: AttemptScope): Promise<Life> {
  const { ports, job, timeline } = scope;
  const { driver, limits } = ports;
  const asked = await ask(scope, limits.askMs, async (signal): Promise<ProbeResult> => {
    let result = await driver.probe(job.vm.id, signal);
    for (let count = 1; !result.alive && count < probesMax; count += 1) {
      await driver.clock.sleep(probeEveryMs, signal);
      result = await driver.probe(job.vm.id, signal);
    }
    return result;
  });
  if (asked.kind === 'done') {
    timeline.add('probed', asked.value.alive ? 'alive' : 'no sign of life');
    return { kind: 'probed', result: asked.value };
  }
  if (scope.signal.aborted) return { kind: 'unasked' };
  return { kind: 'failed', reason: toReason('the guest could not be probed', asked) };
}

function hasToldCrash({ observation }: AttemptScope): boolean {
  const events = observation.events();
  return crashesOf(events, 'guest').length > 0 || crashesOf(events, 'host').length > 0;
}

/**
 * Lets `ms` of the driver's clock pass, or less when `until` or the attempt's signal aborts.
 * False when that clock did not get there in the time allowed.
 */
async function linger(scope: AttemptScope, ms: number, until?: AbortSignal): Promise<boolean> {
  const { ports } = scope;
  if (ms === 0 || until?.aborted) return true;
  const slept = await ask(scope, ms + ports.limits.slackMs, (signal) =>
    ports.driver.clock.sleep(ms, until === undefined ? signal : AbortSignal.any([signal, until])),
  );
  return slept.kind === 'done' || scope.signal.aborted || until?.aborted === true;
}
