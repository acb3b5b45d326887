import type { Clock } from '@gauntlet/shared/kernel/clock';
import { type Instant, toInstant } from '@gauntlet/shared/kernel/instant';
import { createCluster, type SimulatedCluster } from '@gauntlet/simulated-cluster/cluster';
import { createScaledClock, type ScaledClock } from '@gauntlet/simulated-cluster/scaled-clock';
import type { DriverContext } from '../../application/ports.ts';
import type { ParsedOptions } from './parse-simulated-options.ts';
import { readSnapshot, writeSnapshot } from './snapshot-file.ts';

export interface ClusterHold extends AsyncDisposable {
  readonly cluster: SimulatedCluster;
  readonly clock: Clock;
}

interface HostedCluster {
  readonly cluster: SimulatedCluster;
  readonly clock: ScaledClock;
  readonly stop: () => Promise<void>;
}

interface Slot {
  holders: number;
  readonly hosted: Promise<HostedCluster>;
}

/**
 * The simulated world outlives the drivers that look at it: when a cluster's options change, the
 * worker makes a new driver, perhaps before it gives up the old one, and both must see one truth.
 * Hence one cluster per state folder and process; the last to let go writes it down.
 */
const slots = new Map<string, Slot>();
/** Clusters that are being written down: the next of the same folder waits for it. */
const endings = new Map<string, Promise<void>>();

/** Real ms between two snapshots of a cluster in which something happened. */
const saveEveryMs = 500;
/**
 * Ordinals put by per VM: more migrations than a VM can make between two snapshots, so that what
 * happened after the last one before a crash is not drawn again after it.
 */
const ordinalsReserved = 10_000;
/** Kept of the ledger in-process, unless the options say otherwise: it shares the heap. */
const ledgerMaxHosted = 10_000;

export async function holdCluster(
  context: DriverContext,
  parsed: ParsedOptions,
): Promise<ClusterHold> {
  const key = context.stateDir;
  const known = slots.get(key);
  const options = {
    ...parsed.options,
    ledgerMax: parsed.wish.ledgerMax ?? ledgerMaxHosted,
  };
  const slot = known ?? {
    holders: 0,
    hosted: startCluster(context, { ...parsed, options }),
  };
  slot.holders += 1;
  slots.set(key, slot);
  const hosted = await slot.hosted.catch((error: unknown) => {
    slots.delete(key);
    throw error;
  });
  if (known !== undefined) {
    hosted.cluster.reconfigure(options);
    hosted.clock.setScale(parsed.timeScale);
  }
  let isHeld = true;
  return {
    cluster: hosted.cluster,
    clock: hosted.clock,
    [Symbol.asyncDispose]: async () => {
      if (!isHeld) return;
      isHeld = false;
      slot.holders -= 1;
      if (slot.holders === 0) await endCluster(key, hosted);
    },
  };
}

async function endCluster(key: string, hosted: HostedCluster): Promise<void> {
  slots.delete(key);
  const ending = hosted.stop().finally(() => {
    if (endings.get(key) === ending) endings.delete(key);
  });
  endings.set(key, ending);
  await ending;
}

async function startCluster(context: DriverContext, parsed: ParsedOptions): Promise<HostedCluster> {
  const { stateDir, log } = context;
  await endings.get(stateDir);
  const snapshot = await readSnapshot(stateDir, log);
  const startAt = laterOf(context.clock.now(), snapshot?.at ?? toInstant(0));
  const clock = createScaledClock(context.clock, { scale: parsed.timeScale, startAt });
  const cluster = createCluster(parsed.options, clock, snapshot);
  await writeSnapshot(stateDir, cluster.snapshot(ordinalsReserved));
  const ending = new AbortController();
  const saving = keepSaving(cluster, context, ending.signal);
  const stop = async () => {
    ending.abort();
    cluster[Symbol.dispose]();
    await saving;
    clock[Symbol.dispose]();
    await writeSnapshot(stateDir, cluster.snapshot(0)).catch((err: unknown) => {
      log.error({ err, stateDir }, 'simulated cluster could not be saved: it will go on behind');
    });
  };
  return { cluster, clock, stop };
}

async function keepSaving(
  cluster: SimulatedCluster,
  { stateDir, clock, log }: DriverContext,
  signal: AbortSignal,
): Promise<void> {
  let savedSeq = cluster.ledger.lastSeq;
  let isFailing = false;
  while (await slept(clock, signal)) {
    if (cluster.ledger.lastSeq === savedSeq) continue;
    const { lastSeq } = cluster.ledger;
    try {
      await writeSnapshot(stateDir, cluster.snapshot(ordinalsReserved));
      savedSeq = lastSeq;
      isFailing = false;
    } catch (err) {
      if (!isFailing)
        log.error({ err, stateDir }, 'simulated cluster could not be saved: free disk');
      isFailing = true;
    }
  }
}

/** @returns false when the signal aborted */
async function slept(clock: Clock, signal: AbortSignal): Promise<boolean> {
  try {
    await clock.sleep(saveEveryMs, signal);
    return true;
  } catch {
    return false;
  }
}

function laterOf(a: Instant, b: Instant): Instant {
  return a > b ? a : b;
}
