/** How far the watches of each VM have come. */
export interface WatchProgress {
  /** A watch that has seen `count` events so far. */
  arm(vmId: string, count: number): ArmedWatch;
  /** Resolves when every armed watch of the VM has seen `count` events or has ended. */
  caughtUp(vmId: string, count: number): Promise<void>;
}

export interface ArmedWatch {
  seen(count: number): void;
  end(): void;
}

interface State {
  count: number;
  isEnded: boolean;
  waiting: { readonly count: number; readonly resolve: () => void }[];
}

export function createWatchProgress(): WatchProgress {
  const watches = new Map<string, Set<State>>();

  function arm(vmId: string, count: number): ArmedWatch {
    const state: State = { count, isEnded: false, waiting: [] };
    const own = watches.get(vmId) ?? new Set();
    watches.set(vmId, own.add(state));
    return {
      seen(reached) {
        state.count = reached;
        release(state);
      },
      end() {
        state.isEnded = true;
        release(state);
        own.delete(state);
        if (own.size === 0 && watches.get(vmId) === own) watches.delete(vmId);
      },
    };
  }

  async function caughtUp(vmId: string, count: number): Promise<void> {
    await Promise.all([...(watches.get(vmId) ?? [])].map((state) => reaches(state, count)));
  }

  return { arm, caughtUp };
}

function reaches(state: State, count: number): Promise<void> {
  if (state.isEnded || state.count >= count) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  state.waiting.push({ count, resolve });
  return promise;
}

function release(state: State): void {
  const isDue = ({ count }: { readonly count: number }) => state.isEnded || state.count >= count;
  const due = state.waiting.filter(isDue);
  state.waiting = state.waiting.filter((one) => !isDue(one));
  for (const { resolve } of due) resolve();
}
