/** Lets at most so many through at once, in the order they came. */
export interface Gate {
  /** Resolves with the way out; rejects with the signal's reason when it aborts first. */
  enter(signal: AbortSignal): Promise<() => void>;
  readonly inside: number;
}

export function createGate(insideMax: number): Gate {
  const waiting = new Set<() => void>();
  let inside = 0;

  function leave(): void {
    inside -= 1;
    const [next] = waiting;
    if (next !== undefined) next();
  }

  function onceOnly(): () => void {
    let left = false;
    return () => {
      if (!left) leave();
      left = true;
    };
  }

  function enter(signal: AbortSignal): Promise<() => void> {
    const { promise, resolve, reject } = Promise.withResolvers<() => void>();
    const forget = () => {
      waiting.delete(goIn);
      signal.removeEventListener('abort', giveUp);
    };
    const goIn = () => {
      forget();
      inside += 1;
      resolve(onceOnly());
    };
    const giveUp = () => {
      forget();
      reject(signal.reason);
    };
    if (signal.aborted) reject(signal.reason);
    else if (inside < insideMax) goIn();
    else {
      waiting.add(goIn);
      signal.addEventListener('abort', giveUp, { once: true });
    }
    return promise;
  }

  return {
    enter,
    get inside() {
      return inside;
    },
  };
}
