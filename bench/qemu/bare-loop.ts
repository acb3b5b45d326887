import { createSilentLogger } from '@gauntlet/shared/platform/logger';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import { cacheDirFor } from '../../apps/worker/src/drivers/qemu/cache-dir.ts';
import { buildGuestImage } from '../../apps/worker/src/drivers/qemu/guest/guest-image.ts';
import {
  createGuestProcesses,
  type GuestProcesses,
} from '../../apps/worker/src/drivers/qemu/guest-processes.ts';
import { nextBeat } from '../../apps/worker/src/drivers/qemu/heartbeats.ts';
import { readHostFacts } from '../../apps/worker/src/drivers/qemu/host-facts.ts';
import { moveGuest } from '../../apps/worker/src/drivers/qemu/move-guest.ts';
import {
  completeOptions,
  parseOptions,
  type QemuConfig,
} from '../../apps/worker/src/drivers/qemu/options.ts';
import type { QemuProcess } from '../../apps/worker/src/drivers/qemu/process/qemu-process.ts';
import { createSpareDestinations } from '../../apps/worker/src/drivers/qemu/spare-destinations.ts';

const clock = systemClock;
const never = new AbortController().signal;
const moveMsMax = 120_000;
const beatMsMax = 60_000;
/** Guests of a lane: one moves, the other one beats, as in a campaign with more VMs than lanes. */
export const guestsPerLane = 2;

export interface Case {
  readonly lanes: number;
  readonly sharedRam: boolean;
}

export interface BareParts extends Case {
  readonly spanMs: number;
  readonly stateDir: string;
  /** Starts each destination while the other guest moves, as the driver does. */
  readonly ahead: boolean;
}

interface BareGuest {
  readonly processes: GuestProcesses;
  process: QemuProcess;
}

/**
 * Migrations per second of a loop that knows nothing but QMP: the same guests, the same commands, a
 * fresh process for each migration, and one heartbeat on the other side before the next begins.
 */
export async function runBareLoop(parts: BareParts): Promise<number> {
  const { lanes, spanMs } = parts;
  await using stack = new AsyncDisposableStack();
  const { config, make } = await prepare(parts, stack);
  const guests = await makeAll(lanes * guestsPerLane, make, stack);
  const endMs = clock.monotonicMs() + spanMs;
  const counts = await Promise.all(
    Array.from({ length: lanes }, async (_, lane) => {
      const own = guests.filter((_, index) => index % lanes === lane);
      let count = 0;
      while (clock.monotonicMs() < endMs) {
        for (const guest of own) await move(guest, { config, ...parts });
        count += own.length;
      }
      return count / (spanMs + clock.monotonicMs() - endMs);
    }),
  );
  return 1000 * counts.reduce((sum, perMs) => sum + perMs, 0);
}

async function prepare(parts: BareParts, stack: AsyncDisposableStack) {
  const { stateDir, sharedRam, lanes, ahead } = parts;
  const options = parseOptions({ guests: [{ name: 'bare', sharedRam }] });
  const facts = await readHostFacts({ binary: 'qemu-system-x86_64', accelerator: 'auto' }, never);
  const config = completeOptions(options, facts);
  const [guest] = config.guests;
  if (guest === undefined) throw new Error('no guest');
  const cacheDir = cacheDirFor(stateDir);
  const log = createSilentLogger();
  const image = await buildGuestImage({ ...config, cacheDir, raceModule: false, log }, never);
  const spares = stack.use(createSpareDestinations(ahead ? lanes * guestsPerLane : 0, clock));
  const { version } = facts;
  const all = { config, guest, image, version, cacheDir, clock, runDir: stateDir, spares };
  return { config, make: (id: string) => createGuestProcesses({ ...all, id }) };
}

async function makeAll(
  count: number,
  make: (id: string) => GuestProcesses,
  stack: AsyncDisposableStack,
): Promise<BareGuest[]> {
  const guests: BareGuest[] = [];
  for (let index = 0; index < count; index += 1) {
    const processes = stack.use(make(`bare-${index}`));
    const guest: BareGuest = { processes, process: await processes.restore(never) };
    stack.defer(() => guest.process.quit());
    guests.push(guest);
  }
  return guests;
}

async function move(
  guest: BareGuest,
  { config, sharedRam }: BareParts & { readonly config: QemuConfig },
): Promise<void> {
  const source = guest.process;
  const { process: destination, socket } = await guest.processes.destination(never);
  const parts = { source, destination, socket, link: socket, sharedRam, clock, returnPath: true };
  const limits = { timeoutMs: moveMsMax, stallMsMax: moveMsMax };
  const end = await moveGuest({ ...config, ...parts, ...limits }, never);
  if (end.kind !== 'completed') throw new Error(JSON.stringify(end));
  guest.process = destination;
  void source.quit(); // bounded, and nothing of the next migration needs it gone
  guest.processes.prepareDestination();
  await nextBeat(destination, { clock, waitMsMax: beatMsMax, signal: never });
}
