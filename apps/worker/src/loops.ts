import type { Clock } from '@gauntlet/shared/kernel/clock';

/**
 * Runs `work` every `everyMs`, one run after the other, until the signal aborts. `work` must not
 * reject; resolves when the last run has ended.
 */
export async function repeat(
  { clock, everyMs, signal }: { clock: Clock; everyMs: number; signal: AbortSignal },
  work: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    await work();
    await clock.sleep(everyMs, signal).catch(() => {});
  }
}
