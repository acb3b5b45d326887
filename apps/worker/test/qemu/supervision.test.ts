import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { startTicksOf } from '../../src/drivers/qemu/process/process-table.ts';
import { recordProcess, sweep } from '../../src/drivers/qemu/process/sweep.ts';
import { openRig, whyNoQemu } from './rig.ts';

const reason = whyNoQemu();
const folder = mkdtempSync(path.join(os.tmpdir(), 'gauntlet-sweep-'));
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

function start(program: string, args: readonly string[]): ChildProcess & { pid: number } {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  if (child.pid === undefined) throw new Error(`${program} did not start`);
  return Object.assign(child, { pid: child.pid });
}

/** A process with a name on its command line, for a minute at most. */
function sleeper(name: string) {
  return start(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)', name]);
}

describe('the sweep at the start', () => {
  test('ends what an earlier worker recorded, and nothing else', async () => {
    mkdirSync(folder, { recursive: true });
    const ours = sleeper('gauntlet-1-vm-7');
    const stranger = sleeper('somebody-else');
    const reborn = sleeper('gauntlet-1-vm-8');
    recordProcess(folder, 'gauntlet-1-vm-7', ours.pid);
    recordProcess(folder, 'gauntlet-1-vm-9', stranger.pid); // the pid went to another program
    const earlier = { pid: reborn.pid, startTicks: '1', name: 'gauntlet-1-vm-8' };
    writeFileSync(path.join(folder, 'gauntlet-1-vm-8.pid.json'), JSON.stringify(earlier));
    writeFileSync(path.join(folder, 'torn.pid.json'), '{"pid": 1, "sta');
    expect(sweep(folder)).toEqual([ours.pid]);
    await vi.waitUntil(() => ours.signalCode === 'SIGKILL', { timeout: 5_000 });
    expect(startTicksOf(stranger.pid)).not.toBeNull();
    expect(startTicksOf(reborn.pid)).not.toBeNull();
    expect(existsSync(folder)).toBe(false);
  });

  test('a folder that is not there is swept already', () => {
    expect(sweep(path.join(folder, 'nowhere'))).toEqual([]);
  });
});

describe.skipIf(reason !== null)(`supervision of QEMU ${reason ?? ''}`, () => {
  test('no QEMU survives its worker, not even after kill -9, and the next worker goes on', async () => {
    const stateDir = mkdtempSync(path.join(os.tmpdir(), 'gauntlet-held-'));
    try {
      const holder = start(process.execPath, [
        path.join(import.meta.dirname, 'hold-cluster.ts'),
        stateDir,
      ]);
      const pids = await firstLine(holder);
      expect(pids).toHaveLength(2);
      for (const pid of pids) expect(startTicksOf(pid)).not.toBeNull();
      holder.kill('SIGKILL');
      await vi.waitUntil(() => pids.every((pid) => startTicksOf(pid) === null), {
        timeout: 10_000,
      });
      const successor = start(process.execPath, [
        path.join(import.meta.dirname, 'hold-cluster.ts'),
        stateDir,
      ]);
      expect(await firstLine(successor)).toHaveLength(2);
      successor.kill('SIGKILL');
      await vi.waitUntil(() => successor.signalCode !== null, { timeout: 5_000 });
    } finally {
      rmSync(stateDir, { recursive: true, force: true });
    }
  });

  test('a cluster that is closed leaves no process, socket or image', async () => {
    const disks = { count: 1 } as const;
    const rig = await openRig({
      guests: [
        { name: 'guest', disks },
        { name: 'shared', sharedRam: true },
      ],
    });
    const pids = [...rig.cluster.guests.values()].map((guest) => guest.process?.pid ?? 0);
    const shm = () => readdirSync('/dev/shm').filter((name) => name.startsWith('gauntlet'));
    expect(shm()).toEqual([]); // guest RAM in memory has no name, so nothing of it can be left
    await rig.driver[Symbol.asyncDispose]();
    for (const pid of pids) expect(startTicksOf(pid)).toBeNull();
    expect(existsSync(path.join(rig.stateDir, 'run'))).toBe(false);
    await rig[Symbol.asyncDispose]();
  });
});

function firstLine(child: ChildProcess): Promise<number[]> {
  return new Promise((resolve, reject) => {
    child.stdout?.once('data', (line: Buffer) => resolve(JSON.parse(String(line))));
    child.once('exit', (code, signal) => reject(new Error(`ended with ${code ?? signal}`)));
  });
}
