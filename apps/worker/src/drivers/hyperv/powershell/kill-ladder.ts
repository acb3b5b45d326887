import { type ChildProcess, execFile } from 'node:child_process';
import type { Clock } from '@gauntlet/shared/kernel/clock';

/** How long a shell may take to go after each rung, ms. */
const rungMsMax = 2000;

/**
 * Ends a shell for good: asked first, then forced. On Windows every signal only ends the one
 * process, so there the whole tree is ended by taskkill. Resolves with whether it is gone.
 */
export async function endProcess(
  child: ChildProcess,
  clock: Clock,
  platform: NodeJS.Platform = process.platform,
): Promise<boolean> {
  if (hasEnded(child)) return true;
  if (platform === 'win32') {
    if (child.pid !== undefined) execFile('taskkill', ['/PID', `${child.pid}`, '/T', '/F'], ignore);
    if (await endsWithin(child, clock)) return true;
  } else {
    child.kill('SIGTERM');
    if (await endsWithin(child, clock)) return true;
  }
  child.kill('SIGKILL');
  return endsWithin(child, clock);
}

/** A process that never started has no pid and never exits. */
export function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

async function endsWithin(child: ChildProcess, clock: Clock): Promise<boolean> {
  if (hasEnded(child)) return true;
  const waiting = new AbortController();
  const ended = new Promise<boolean>((resolve) => {
    child.once('exit', () => resolve(true));
  });
  const late = clock.sleep(rungMsMax, waiting.signal).then(
    () => false,
    () => false,
  );
  const gone = await Promise.race([ended, late]);
  waiting.abort();
  return gone;
}

function ignore(): void {}
