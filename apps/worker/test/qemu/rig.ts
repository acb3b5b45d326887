import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createSilentLogger } from '@gauntlet/shared/platform/logger';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import type { DriverContext } from '../../src/application/ports.ts';
import type { ClusterHooks } from '../../src/drivers/qemu/cluster.ts';
import type { Guest } from '../../src/drivers/qemu/guest.ts';
import type { ParsedOptions } from '../../src/drivers/qemu/options.ts';
import { createQemuRig } from '../../src/drivers/qemu/qemu-driver.ts';

/**
 * Why these tests cannot run here; null when they can. With `CI=true` a missing QEMU is a failure:
 * a test that nobody runs proves nothing.
 */
export function whyNoQemu(): string | null {
  const missing = ['qemu-system-x86_64', 'setpriv', 'gcc'].filter((program) => !isThere(program));
  if (missing.length === 0) return null;
  const reason = `needs ${missing.join(', ')}: apt-get install qemu-system-x86 util-linux gcc libc6-dev`;
  if (process.env['CI'] === 'true') throw new Error(`CI must have QEMU: ${reason}`);
  return reason;
}

function isThere(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

export async function openRig(options: ParsedOptions, hooks: ClusterHooks = {}) {
  const stateDir = mkdtempSync(path.join(os.tmpdir(), 'gauntlet-qemu-'));
  const context: DriverContext = {
    clusterId: 'test',
    clusterName: 'test',
    options,
    clock: systemClock,
    stateDir,
    log: createSilentLogger(),
    secret: () => undefined,
  };
  const { cluster, driver } = await createQemuRig(context, hooks);
  const [vmId = ''] = cluster.guests.keys();
  return {
    cluster,
    driver,
    vmId,
    stateDir,
    guest: guestOf(cluster.guests, vmId),
    async [Symbol.asyncDispose]() {
      await driver[Symbol.asyncDispose]();
      rmSync(stateDir, { recursive: true, force: true });
    },
  };
}
export type Rig = Awaited<ReturnType<typeof openRig>>;

function guestOf(guests: ReadonlyMap<string, Guest>, vmId: string): Guest {
  const guest = guests.get(vmId);
  if (guest === undefined) throw new Error(`no guest ${vmId}`);
  return guest;
}
