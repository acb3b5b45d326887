import type { Clock } from '@gauntlet/shared/kernel/clock';

/** What somebody told us, or why nobody could: a guard that has no data has tripped. */
export type Source<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly because: string };

/** @throws Error with the reason when there is no data */
export function take<Value>(source: Source<Value>): Value {
  if (source.ok) return source.value;
  throw new Error(source.because);
}

export function known<Value>(value: Value): Source<Value> {
  return { ok: true, value };
}

/** Asks, and takes no answer within `msMax` and any failure alike: as no data. Never rejects. */
export async function askSource<Value>(
  clock: Clock,
  msMax: number,
  ask: () => Promise<Value>,
): Promise<Source<Value>> {
  const done = new AbortController();
  const late = clock.sleep(msMax, done.signal).then(
    () => ({ ok: false, because: `no answer within ${msMax} ms` }) as const,
    () => ({ ok: false, because: 'broken off' }) as const,
  );
  const answered = (async () => {
    try {
      return known(await ask());
    } catch (error) {
      return {
        ok: false,
        because: error instanceof Error ? error.message : String(error),
      } as const;
    }
  })();
  try {
    return await Promise.race([answered, late]);
  } finally {
    done.abort();
  }
}
