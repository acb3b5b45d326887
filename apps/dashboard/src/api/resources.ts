import { browserClock } from '../platform/browser-clock.ts';
import { onApiKeyChange } from './api-key.ts';
import type { Failure } from './failure.ts';
import { read } from './http.ts';

/** What a screen knows of one resource. Identity changes only when something shown changed. */
export interface Snapshot<Body> {
  readonly data: Body | undefined;
  readonly failure: Failure | undefined;
}

interface Resource {
  snapshot: Snapshot<unknown>;
  etag: string | null;
  readonly watchers: Map<() => void, number>;
  stop: AbortController | null;
  /** Wakes the loop before its time. */
  wake: AbortController;
}

const nothing: Snapshot<never> = { data: undefined, failure: undefined };
/** Resources kept after their last screen closed, so that going back shows them at once. */
const keptMax = 200;
const resources = new Map<string, Resource>();
const retryMsMax = 3_000;

/** Polls `path` at the shortest interval any watcher asks for, until the last one leaves. */
export function watch(path: string, everyMs: number, onChange: () => void): () => void {
  const resource = resourceAt(path);
  resource.watchers.set(onChange, everyMs);
  if (resource.stop === null) {
    resource.stop = new AbortController();
    void poll(path, resource, resource.stop.signal);
  }
  return () => {
    resource.watchers.delete(onChange);
    if (resource.watchers.size > 0) return;
    resource.stop?.abort();
    resource.stop = null;
  };
}

export function peek<Body>(path: string): Snapshot<Body> {
  return (resources.get(path)?.snapshot ?? nothing) as Snapshot<Body>;
}

/** Asks again at once for every watched resource whose path starts with `prefix`. */
export function refresh(prefix: string): void {
  for (const [path, resource] of resources) {
    if (path.startsWith(prefix)) resource.wake.abort();
  }
}

/** Asks again at once for one watched resource. */
export function wake(path: string): void {
  resources.get(path)?.wake.abort();
}

/** Puts in what an action or an event stream already answered. */
export function put(path: string, body: unknown): void {
  const resource = resourceAt(path);
  resource.etag = null;
  show(resource, { data: body, failure: undefined });
}

function resourceAt(path: string): Resource {
  const known = resources.get(path);
  if (known !== undefined) return known;
  dropOldest();
  const fresh: Resource = {
    snapshot: nothing,
    etag: null,
    watchers: new Map(),
    stop: null,
    wake: new AbortController(),
  };
  resources.set(path, fresh);
  return fresh;
}

function dropOldest(): void {
  if (resources.size < keptMax) return;
  for (const [path, resource] of resources) {
    if (resource.watchers.size === 0) {
      resources.delete(path);
      return;
    }
  }
}

async function poll(path: string, resource: Resource, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    resource.wake = new AbortController();
    await ask(path, resource, signal);
    const pause = Math.min(...resource.watchers.values());
    const failed = resource.snapshot.failure !== undefined;
    await nap(failed ? Math.min(pause, retryMsMax) : pause, signal, resource.wake.signal);
  }
}

async function ask(path: string, resource: Resource, signal: AbortSignal): Promise<void> {
  const answer = await read<unknown>(path, resource.etag, signal);
  if (signal.aborted) return;
  switch (answer.kind) {
    case 'body':
      resource.etag = answer.etag;
      show(resource, { data: answer.body, failure: undefined });
      return;
    case 'unchanged':
      if (resource.snapshot.failure !== undefined) {
        show(resource, { ...resource.snapshot, failure: undefined });
      }
      return;
    case 'failed':
      // What was known stays on the screen; the stale banner tells its age.
      show(resource, { data: resource.snapshot.data, failure: answer.failure });
      return;
  }
}

function show(resource: Resource, snapshot: Snapshot<unknown>): void {
  resource.snapshot = snapshot;
  for (const watcher of resource.watchers.keys()) watcher();
}

async function nap(ms: number, signal: AbortSignal, wake: AbortSignal): Promise<void> {
  try {
    await browserClock.sleep(ms, AbortSignal.any([signal, wake]));
  } catch {
    // Stopped or woken: the loop decides.
  }
}

onApiKeyChange(() => {
  for (const resource of resources.values()) {
    resource.etag = null;
    resource.snapshot = nothing;
    for (const watcher of resource.watchers.keys()) watcher();
    resource.wake.abort();
  }
});
