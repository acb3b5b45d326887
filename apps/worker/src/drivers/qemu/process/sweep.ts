import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from '@gauntlet/shared/contracts/parse';
import Type from 'typebox';
import { commandLineOf, startTicksOf } from './process-table.ts';

const ProcessRecord = Type.Object({
  pid: Type.Integer({ minimum: 2 }),
  startTicks: Type.String(),
  name: Type.String({ minLength: 1 }),
});
const suffix = '.pid.json';
const recordsMax = 10_000;

/** Notes a process of ours so that a later worker can end it. Resolves nothing when it is gone. */
export function recordProcess(runDir: string, name: string, pid: number): void {
  const startTicks = startTicksOf(pid);
  if (startTicks === null) return;
  writeFileSync(recordPath(runDir, name), JSON.stringify({ pid, startTicks, name }));
}

export function forgetProcess(runDir: string, name: string): void {
  rmSync(recordPath(runDir, name), { force: true });
}

/**
 * Ends every process an earlier worker left behind and removes its folder. A process is only ended
 * when pid, start time and its name on the command line are the recorded ones; never by name alone.
 * @returns the pids that were ended
 */
export function sweep(runDir: string): number[] {
  if (!existsSync(runDir)) return [];
  const ended = readdirSync(runDir)
    .filter((file) => file.endsWith(suffix))
    .slice(0, recordsMax)
    .flatMap((file) => endRecorded(path.join(runDir, file)));
  rmSync(runDir, { recursive: true, force: true });
  return ended;
}

function endRecorded(file: string): number[] {
  const record = readRecord(file);
  if (record === null || startTicksOf(record.pid) !== record.startTicks) return [];
  if (!commandLineOf(record.pid).includes(record.name)) return [];
  try {
    process.kill(record.pid, 'SIGKILL');
    return [record.pid];
  } catch {
    return []; // gone in between, or not ours to end
  }
}

function readRecord(file: string) {
  try {
    return parse(ProcessRecord, JSON.parse(readFileSync(file, 'utf8')), file);
  } catch {
    return null; // half written when its worker died: the process was ended by pdeathsig
  }
}

function recordPath(runDir: string, name: string): string {
  return path.join(runDir, `${name}${suffix}`);
}
