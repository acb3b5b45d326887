export interface Sleeper {
  readonly dueMs: number;
  readonly order: number;
  /** Wakes it, or fails its sleep with an error. */
  readonly end: (error?: Error) => void;
  cancelled: boolean;
}

export interface SleepQueue {
  /** Resolves when the sleeper is ended; rejects with the signal's reason when it aborts first. */
  sleepUntil(dueMs: number, signal?: AbortSignal): Promise<void>;
  peek(): Sleeper | undefined;
  pop(): void;
}

/** Cancelled sleepers stay until they come up, or until they are the greater part of so many. */
const cancelledMax = 1024;

/** A binary heap by (time, order of arrival): a tie is woken first come, first served. */
export function createSleepQueue(): SleepQueue {
  let heap: Sleeper[] = [];
  let arrivals = 0;
  let cancelled = 0;

  function sleepUntil(dueMs: number, signal?: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    if (signal?.aborted) {
      reject(signal.reason);
      return promise;
    }
    const onAbort = () => {
      cancel(sleeper);
      reject(signal?.reason);
    };
    const end = (error?: Error) => {
      signal?.removeEventListener('abort', onAbort);
      if (error === undefined) resolve();
      else reject(error);
    };
    const sleeper = add(dueMs, end);
    signal?.addEventListener('abort', onAbort, { once: true });
    return promise;
  }

  function add(dueMs: number, end: (error?: Error) => void): Sleeper {
    arrivals += 1;
    const sleeper: Sleeper = { dueMs, order: arrivals, end, cancelled: false };
    heap.push(sleeper);
    siftUp(heap, heap.length - 1);
    return sleeper;
  }

  function cancel(sleeper: Sleeper): void {
    sleeper.cancelled = true;
    cancelled += 1;
    if (cancelled > cancelledMax && cancelled * 2 > heap.length) sweep();
  }

  function sweep(): void {
    // A sorted array is a heap.
    heap = heap
      .filter((sleeper) => !sleeper.cancelled)
      .toSorted((a, b) => (isBefore(a, b) ? -1 : 1));
    cancelled = 0;
  }

  function peek(): Sleeper | undefined {
    while (heap[0]?.cancelled) {
      cancelled = Math.max(0, cancelled - 1);
      removeTop(heap);
    }
    return heap[0];
  }

  return { sleepUntil, peek, pop: () => removeTop(heap) };
}

function isBefore(a: Sleeper, b: Sleeper): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}

function siftUp(heap: Sleeper[], from: number): void {
  let at = from;
  while (at > 0) {
    const above = (at - 1) >> 1;
    if (!swapIfBefore(heap, at, above)) return;
    at = above;
  }
}

function removeTop(heap: Sleeper[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  heap[0] = last;
  let at = 0;
  while (2 * at + 1 < heap.length) {
    const child = smallerChild(heap, at);
    if (!swapIfBefore(heap, child, at)) return;
    at = child;
  }
}

function smallerChild(heap: readonly Sleeper[], at: number): number {
  const left = heap[2 * at + 1];
  const right = heap[2 * at + 2];
  const takesRight = left !== undefined && right !== undefined && isBefore(right, left);
  return takesRight ? 2 * at + 2 : 2 * at + 1;
}

function swapIfBefore(heap: Sleeper[], lower: number, upper: number): boolean {
  const below = heap[lower];
  const above = heap[upper];
  if (below === undefined || above === undefined || !isBefore(below, above)) return false;
  heap[lower] = above;
  heap[upper] = below;
  return true;
}
