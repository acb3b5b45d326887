import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import { toArguments } from './command-line.ts';
import { createDisks, diskPaths } from './disks.ts';
import {
  type Golden,
  goldenFor,
  hasGolden,
  loadGolden,
  restoreDisks,
  saveGolden,
} from './golden.ts';
import type { GuestImage } from './guest/guest-image.ts';
import { waitForBeat, waitForLine } from './heartbeats.ts';
import type { GuestConfig, QemuConfig } from './options.ts';
import { launchQemu, type QemuProcess } from './process/qemu-process.ts';
import { createRamFile, type RamFile } from './ram-file.ts';
import type { Destination, SpareDestinations } from './spare-destinations.ts';

export interface GuestProcessesParts {
  readonly id: string;
  readonly config: QemuConfig;
  readonly guest: GuestConfig;
  readonly image: GuestImage;
  readonly version: string;
  /** Process records, sockets and disks of this cluster; swept at the next start. */
  readonly runDir: string;
  readonly cacheDir: string;
  readonly clock: Clock;
  readonly spares: SpareDestinations;
  /** For tests: what to change on the destination's command line. */
  readonly alterDestination?: ((args: readonly string[]) => readonly string[]) | undefined;
}

/** Makes the processes of one guest. */
export interface GuestProcesses extends AsyncDisposable {
  /** From the kernel up, with empty disks; about two seconds. */
  readonly boot: (signal: AbortSignal) => Promise<QemuProcess>;
  /** From the golden state, which is made when there is none yet; about 0.2 s. */
  readonly restore: (signal: AbortSignal) => Promise<QemuProcess>;
  /** Waits for a migration on a socket of its own; the one started ahead, when there is one. */
  readonly destination: (signal: AbortSignal) => Promise<Destination>;
  /** Starts the next destination ahead of its migration. */
  readonly prepareDestination: () => void;
  readonly disks: readonly string[];
}

const bootMsMax = 60_000;
const bootTriesMax = 3;
const firstBeatMsMax = 60_000;
/** A guest that has just booted still sorts itself out; its golden state is of after that. */
const calmMs = 300;
const hushMsMax = 2_000;
const announceMsMax = 3_000;

let processCount = 0;

export function createGuestProcesses(parts: GuestProcessesParts): GuestProcesses {
  const launcher = createLauncher(parts);
  const { disks } = launcher;
  const { id, spares } = parts;
  const golden = goldenOf(parts);
  const boot = async (signal: AbortSignal) => {
    await spares.drop(id); // it has the old guest's disks open
    createDisks(disks, parts.guest.disks);
    const booted = await launcher.launchFresh(false, signal);
    return bringToLife(booted, () => waitForLife(booted, bootMsMax, signal));
  };
  const restore = async (signal: AbortSignal) => {
    await spares.drop(id);
    if (!hasGolden(golden)) await makeGolden(signal);
    await restoreDisks(golden, disks);
    const restored = await launcher.launchFresh(true, signal);
    return bringToLife(restored, async () => {
      const ignored = ignoreRestore(restored, signal);
      await loadGolden(golden, restored);
      await waitForLife(restored, firstBeatMsMax, signal);
      await ignored;
    });
  };

  function waitForLife(started: QemuProcess, waitMsMax: number, signal: AbortSignal) {
    return waitForBeat(started, { clock: parts.clock, waitMsMax, signal });
  }

  /**
   * A migration right after a restore would be taken for the restore itself, and the guest would not
   * look at its disks anew: the first migration after each crash was a harmless one.
   */
  async function ignoreRestore(restored: QemuProcess, signal: AbortSignal): Promise<void> {
    if (parts.image.kind !== 'full') return;
    const wait = { clock: parts.clock, waitMsMax: announceMsMax, signal };
    // The guest lives or does not; its announcement is no proof of either.
    await waitForLine(restored, 'RESTORED', wait).catch(() => false);
  }

  /** A boot under emulation on a busy machine may fail by itself; a kernel that cannot, always does. */
  async function bootPatiently(signal: AbortSignal): Promise<QemuProcess> {
    for (let tries = 1; tries < bootTriesMax; tries += 1) {
      const booted = await boot(signal).catch(() => null);
      if (booted !== null) return booted;
      signal.throwIfAborted();
    }
    return boot(signal);
  }

  async function makeGolden(signal: AbortSignal): Promise<void> {
    const booted = await bootPatiently(signal);
    try {
      await parts.clock.sleep(calmMs, signal);
      await hush(booted, { clock: parts.clock, signal });
      await saveGolden(golden, { process: booted, disks, runDir: parts.runDir });
    } finally {
      await booted.kill();
    }
  }

  return {
    boot,
    restore,
    destination: async (signal) =>
      (await spares.take(id)) ?? (await launcher.launchDestination(signal)),
    prepareDestination: () => spares.prepare(id, (signal) => launcher.launchDestination(signal)),
    disks,
    async [Symbol.asyncDispose]() {
      await spares.drop(id);
      launcher.close();
    },
  };
}

/** The announcement of its restore is to be ignored. A guest of the user's own does not answer. */
async function hush(booted: QemuProcess, given: { clock: Clock; signal: AbortSignal }) {
  const said = waitForLine(booted, 'HUSHED', { ...given, waitMsMax: hushMsMax });
  booted.console.send('hush');
  await said;
}

async function bringToLife(started: QemuProcess, live: () => Promise<void>): Promise<QemuProcess> {
  try {
    await live();
    return started;
  } catch (reason) {
    await started.kill();
    throw reason;
  }
}

/** Knows the command line, the folder and the RAM of one guest. */
function createLauncher(parts: GuestProcessesParts) {
  const { config, guest, image, runDir, clock } = parts;
  // An id may be any text; a file name and a process's name may not.
  const label = `gauntlet-${process.pid}-${parts.id.replace(/[^\w-]/g, '_').slice(0, 40)}`;
  const folder = path.join(runDir, label);
  mkdirSync(folder, { recursive: true });
  const disks = diskPaths(folder, guest.disks);
  const argumentsFor = (incoming: boolean) =>
    toArguments({ config, guest, image, diskPaths: disks }, incoming);
  let ram: RamFile | null = null;

  function nextName(): string {
    processCount += 1;
    return `${label}-${processCount}`;
  }

  function launch(name: string, args: readonly string[], signal: AbortSignal) {
    const ramFile = ram?.descriptor ?? null;
    return launchQemu({ binary: config.binary, name, args, runDir, clock, ramFile }, signal);
  }

  return {
    disks,
    /** With RAM of its own: what the guest held before is gone. */
    launchFresh(incoming: boolean, signal: AbortSignal): Promise<QemuProcess> {
      ram?.close();
      ram = guest.sharedRam ? createRamFile(nextName(), guest.ramKiB) : null;
      return launch(nextName(), argumentsFor(incoming), signal);
    },
    async launchDestination(signal: AbortSignal): Promise<Destination> {
      const name = nextName();
      const args = argumentsFor(true);
      const altered = parts.alterDestination?.(args) ?? args;
      return { process: await launch(name, altered, signal), socket: `${name}.sock` };
    },
    close(): void {
      ram?.close();
      ram = null;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function goldenOf({ config, guest, image, version, cacheDir }: GuestProcessesParts): Golden {
  // Disk paths differ from guest to guest and are no part of the device state.
  const named = diskPaths('', guest.disks);
  const args = toArguments({ config, guest, image, diskPaths: named }, true);
  return goldenFor(cacheDir, { args, image: image.sha256, version });
}
