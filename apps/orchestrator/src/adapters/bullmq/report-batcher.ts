import type { Clock } from '@gauntlet/shared/kernel/clock';

export interface Batcher<Item> {
  /** Resolves once the item's batch is done; rejects only when the signal aborts. */
  push(item: Item): Promise<void>;
}

export interface BatcherOptions<Item> {
  readonly work: (items: readonly Item[]) => Promise<void>;
  readonly batchMax: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onFailure: (error: unknown) => void;
  readonly onRecovery: () => void;
  /** Resolves when no further item is about to come; absent: at once. */
  readonly gathered?: (() => Promise<void>) | undefined;
}

const retryMsMin = 100;
const retryMsMax = 5_000;

/**
 * Group commit: while one batch is being worked on, the next one gathers. A lone item waits for
 * nobody. A batch that fails is tried again, unchanged, until it succeeds.
 */
export function createBatcher<Item>(options: BatcherOptions<Item>): Batcher<Item> {
  const { batchMax, signal } = options;
  let gathered: { item: Item; resolve: () => void; reject: (error: unknown) => void }[] = [];
  let busy = false;

  async function run(): Promise<void> {
    if (busy) return;
    busy = true;
    // One turn of the event loop: what arrived together is settled together.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    while (gathered.length > 0) {
      if (gathered.length < batchMax) await options.gathered?.();
      const batch = gathered.slice(0, batchMax);
      gathered = gathered.slice(batchMax);
      const items = batch.map((one) => one.item);
      try {
        await workUntilDone(options, items);
        for (const one of batch) one.resolve();
      } catch (error) {
        for (const one of batch) one.reject(error);
      }
    }
    busy = false;
  }

  return {
    push(item) {
      signal.throwIfAborted();
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      gathered.push({ item, resolve, reject });
      void run();
      return promise;
    },
  };
}

async function workUntilDone<Item>(
  { work, clock, signal, onFailure, onRecovery }: BatcherOptions<Item>,
  items: readonly Item[],
): Promise<void> {
  let waitMs = retryMsMin;
  for (;;) {
    try {
      await work(items);
      if (waitMs > retryMsMin) onRecovery();
      return;
    } catch (error) {
      if (waitMs === retryMsMin) onFailure(error);
      await clock.sleep(waitMs, signal);
      waitMs = Math.min(2 * waitMs, retryMsMax);
    }
  }
}
