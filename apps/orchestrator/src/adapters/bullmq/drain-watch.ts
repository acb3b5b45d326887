import type { Clock } from '@gauntlet/shared/kernel/clock';

/** Whether a queue has more for its worker, as the worker's own fetches find. */
export interface DrainWatch {
  /** A job was taken: the next fetch will tell whether there are more. */
  taken(): void;
  /** A fetch found nothing. */
  drained(): void;
  /** Resolves when the queue was last found empty, after `waitMsMax` at the latest. */
  idle(waitMsMax: number): Promise<void>;
}

/**
 * A worker takes jobs one by one. On a database with one session those that wait would each meet a
 * transaction of their own; so a batch waits for the fetch that finds nothing. A lone job's is on
 * its way already.
 */
export function createDrainWatch(clock: Clock): DrainWatch {
  let isIdle = true;
  let waiting: (() => void)[] = [];
  return {
    taken() {
      isIdle = false;
    },
    drained() {
      isIdle = true;
      for (const resolve of waiting.splice(0)) resolve();
    },
    async idle(waitMsMax) {
      if (isIdle) return;
      const over = new AbortController();
      const { promise, resolve } = Promise.withResolvers<void>();
      waiting.push(resolve);
      const timer = clock.sleep(waitMsMax, over.signal).catch(() => {});
      await Promise.race([promise, timer]);
      over.abort();
      waiting = waiting.filter((one) => one !== resolve);
    },
  };
}
