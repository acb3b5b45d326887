import { readFileSync } from 'node:fs';

/**
 * When a process started, in clock ticks since the machine's boot; null when there is none. Together
 * with the pid it names one process for ever: pids are used again, pairs are not.
 * Source: proc(5), field 22 of /proc/[pid]/stat.
 */
export function startTicksOf(pid: number): string | null {
  const stat = readProcFile(pid, 'stat');
  if (stat === null) return null;
  // The second field is the name in parentheses and may hold anything, so count from its end.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // A zombie has ended; only its parent has not asked for the exit code yet.
  if (fields[0] === 'Z' || fields[0] === 'X') return null;
  return fields[19] ?? null;
}

/** The command line, arguments separated by spaces; empty when there is no such process. */
export function commandLineOf(pid: number): string {
  return (readProcFile(pid, 'cmdline') ?? '').replaceAll('\0', ' ').trim();
}

function readProcFile(pid: number, name: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return null;
  }
}
