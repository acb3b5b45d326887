import { useCallback, useSyncExternalStore } from 'react';
import { peek, type Snapshot, watch } from './resources.ts';

const idle: Snapshot<never> = { data: undefined, failure: undefined };

/**
 * The resource at `path` (below `/api/v1`), kept fresh while the screen shows it.
 * @param path null while the screen does not know yet what to ask for
 */
export function useResource<Body>(path: string | null, everyMs = 2_000): Snapshot<Body> {
  const subscribe = useCallback(
    (onChange: () => void) => (path === null ? noop : watch(path, everyMs, onChange)),
    [path, everyMs],
  );
  return useSyncExternalStore(subscribe, () => (path === null ? idle : peek<Body>(path)));
}

function noop(): void {}
