import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { AppError } from '@gauntlet/shared/contracts/errors';
import { parse } from '@gauntlet/shared/contracts/parse';
import { WatchLine } from '@gauntlet/shared/contracts/simulator';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import { toInstant } from '@gauntlet/shared/kernel/instant';
import type { LinkListener } from './cluster-link.ts';
import type { ArmedWatch, WatchProgress } from './watch-progress.ts';

export interface Following {
  readonly vmId: string;
  readonly progress: WatchProgress;
  readonly listener: LinkListener;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Resolves when the watch is armed; passes events on until the signal aborts. A watch that breaks
 * says so once, as an event of the rig.
 *
 * @throws AppError `driver.unavailable` when it breaks before it is armed
 */
export function follow(stream: Readable, following: Following): Promise<void> {
  const { vmId, progress, listener, clock, signal } = following;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let armed: ArmedWatch | null = null;
  let detail = 'the simulator ended the watch';
  const lines = createInterface({ input: stream });
  lines.on('line', (text) => {
    if (signal.aborted || stream.destroyed) return;
    const line = readLine(text);
    if (line === null) {
      detail = 'the simulator sent a line we cannot read';
      stream.destroy();
    } else if (line.event === null) {
      armed = progress.arm(vmId, line.count);
      resolve();
    } else {
      listener({ ...line.event, at: toInstant(line.event.at) });
      armed?.seen(line.count);
    }
  });
  signal.addEventListener('abort', () => armed?.end(), { once: true });
  // Hanging up fails both as well; what it means is said when the stream has closed.
  lines.on('error', () => {});
  stream.on('error', () => {});
  stream.on('close', () => {
    if (signal.aborted) return reject(signal.reason);
    reject(new AppError('driver.unavailable', detail));
    listener({ kind: 'rig', at: clock.now(), detail });
    armed?.end();
  });
  return promise;
}

function readLine(text: string): WatchLine | null {
  try {
    return parse(WatchLine, JSON.parse(text), 'line of a watch');
  } catch {
    return null;
  }
}
