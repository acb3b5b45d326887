import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '@gauntlet/shared/contracts/errors';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { DriverContext } from '../../application/ports.ts';
import { cacheDirFor, pruneGoldens } from './cache-dir.ts';
import { createGate } from './gate.ts';
import { buildGuestImage, type GuestImage } from './guest/guest-image.ts';
import { Guest, type GuestParts, type Interference } from './guest.ts';
import { createGuestProcesses } from './guest-processes.ts';
import { type HostFacts, readHostFacts } from './host-facts.ts';
import { slotNames } from './inventory.ts';
import { completeOptions, type GuestConfig, parseOptions, type QemuConfig } from './options.ts';
import { readPlacements, writePlacements } from './placements.ts';
import { sweep } from './process/sweep.ts';
import { createSpareDestinations, type SpareDestinations } from './spare-destinations.ts';

/** All guests of one cluster on this machine, running. */
export interface QemuCluster extends AsyncDisposable {
  readonly config: QemuConfig;
  readonly facts: HostFacts;
  readonly image: GuestImage;
  readonly slots: readonly string[];
  readonly guests: ReadonlyMap<string, Guest>;
}

/** What a test changes of a cluster. */
export interface ClusterHooks {
  readonly interference?: Interference;
  readonly alterDestination?: (args: readonly string[]) => readonly string[];
}

const tendEveryMs = 100;
/** Left for everything else on this machine. */
const reservedMiB = 1024;
/** What a QEMU process takes beside the guest's RAM. */
const overheadMiB = 60;

/**
 * Finds out what the machine can do, builds the guest's image, ends what an earlier worker left
 * behind, and starts every guest. @throws AppError `driver.options`, `driver.unavailable`
 */
export async function createQemuCluster(
  context: DriverContext,
  hooks: ClusterHooks = {},
): Promise<QemuCluster> {
  const { clock, log, stateDir } = context;
  await using cleanup = new AsyncDisposableStack();
  const stopping = new AbortController();
  cleanup.defer(() => stopping.abort());
  const setting = await readSetting(context, stopping.signal);
  const { config, facts, image } = setting;
  const runDir = takeRunDir(context);
  cleanup.defer(() => void sweep(runDir));
  const spares = cleanup.use(createSpareDestinations(sparesMax(config, hooks), clock));
  const guests = createGuests({ ...setting, runDir, stateDir, clock, log, hooks, spares });
  for (const guest of guests.values()) cleanup.use(guest);
  const slots = slotNames(config);
  const placements = readPlacements(stateDir);
  for (const [index, guest] of [...guests.values()].entries()) {
    await guest.start(slotFor(placements.get(guest.id), slots, index), stopping.signal);
  }
  pruneGoldens(setting.cacheDir);
  void tend([...guests.values(), spares], clock, stopping.signal);
  const { versionText: qemu, accelerator } = facts;
  log.info({ qemu, accelerator, kernel: image.kernel.origin }, 'guests are running');
  const owned = cleanup.move();
  const close = () => owned.disposeAsync();
  return { config, facts, image, slots, guests, [Symbol.asyncDispose]: close };
}

interface Setting {
  readonly config: QemuConfig;
  readonly facts: HostFacts;
  readonly image: GuestImage;
  readonly cacheDir: string;
}

async function readSetting(
  { options, stateDir, log }: DriverContext,
  signal: AbortSignal,
): Promise<Setting> {
  const parsed = parseOptions(options);
  const binary = parsed.binary ?? 'qemu-system-x86_64';
  const facts = await readHostFacts({ binary, accelerator: parsed.accelerator ?? 'auto' }, signal);
  const config = completeOptions(parsed, facts);
  assertFits(config, facts);
  const cacheDir = cacheDirFor(stateDir);
  const raceModule = config.guests.some(({ race }) => race.variant === 'module');
  const image = await buildGuestImage({ ...config, cacheDir, raceModule, log }, signal);
  return { config, facts, image, cacheDir };
}

/** One private folder for sockets, disk images and process records, empty at every start. */
function takeRunDir({ stateDir, log }: DriverContext): string {
  const runDir = path.join(stateDir, 'run');
  const swept = sweep(runDir);
  if (swept.length > 0) log.warn({ swept }, 'ended QEMU processes an earlier worker left behind');
  mkdirSync(runDir, { recursive: true, mode: 0o700 });
  return runDir;
}

type GuestsParts = Setting &
  Pick<GuestParts, 'runDir' | 'clock' | 'log'> & {
    readonly stateDir: string;
    readonly hooks: ClusterHooks;
    readonly spares: SpareDestinations;
  };

function createGuests({ stateDir, hooks, ...setting }: GuestsParts): Map<string, Guest> {
  const { config, facts } = setting;
  const { alterDestination, interference } = hooks;
  const gate = createGate(config.migrationsMax);
  const placements = readPlacements(stateDir);
  const onMoved: GuestParts['onMoved'] = (id, host) => {
    writePlacements(stateDir, placements.set(id, host));
  };
  const guests = new Map<string, Guest>();
  for (const [id, guest] of toMembers(config)) {
    const own = { ...setting, id, guest };
    const processes = createGuestProcesses({ ...own, version: facts.version, alterDestination });
    guests.set(id, new Guest({ ...own, processes, gate, onMoved, interference }));
  }
  return guests;
}

function toMembers({ guests }: QemuConfig): [string, GuestConfig][] {
  return guests.flatMap((group) =>
    Array.from({ length: group.count }, (_, index): [string, GuestConfig] => [
      `${group.name}-${index}`,
      group,
    ]),
  );
}

async function tend(all: readonly { tend(): void }[], clock: Clock, signal: AbortSignal) {
  while (!signal.aborted) {
    await clock.sleep(tendEveryMs, signal).catch(() => {});
    for (const one of all) one.tend();
  }
}

/** The VMs in motion have one each, and so have those that were moved just before. */
function sparesMax({ migrationsMax }: QemuConfig, { alterDestination }: ClusterHooks): number {
  return alterDestination === undefined ? 2 * migrationsMax : 0;
}

/** Where it ran last, if that slot still exists; else spread over the slots. */
function slotFor(last: string | undefined, slots: readonly string[], index: number): string {
  if (last !== undefined && slots.includes(last)) return last;
  return slots[index % slots.length] ?? '';
}

/** A migration holds the guest's RAM twice, unless it is shared. */
function assertFits({ guests, migrationsMax }: QemuConfig, { freeMiB }: HostFacts): void {
  const neededMiB = guests.reduce(
    (sum, { count, ramKiB, sharedRam }) => {
      const once = ramKiB / 1024;
      return sum + count * ((sharedRam ? once : 2 * once) + overheadMiB);
    },
    2 * migrationsMax * overheadMiB,
  );
  if (neededMiB + reservedMiB <= freeMiB) return;
  throw new AppError(
    'driver.unavailable',
    `The guests may need ${Math.ceil(neededMiB)} MiB and ${Math.floor(freeMiB)} MiB are free ` +
      `(${reservedMiB} MiB stay for the machine). Ask for fewer or smaller guests.`,
  );
}
