import type { StopError } from '@gauntlet/shared/domain/bugcheck';
import type { Instant } from '@gauntlet/shared/kernel/instant';
import type { GuestEvent } from './ports.ts';

/** Events kept of each kind; a guest that screams must not fill the worker's memory. */
const perKindMax = 32;

export type CrashEvent = Extract<GuestEvent, { kind: 'bugcheck' }>;

export interface Observation {
  readonly onEvent: (event: GuestEvent) => void;
  /** What was seen so far, in the order of arrival; bounded. */
  events(): readonly GuestEvent[];
  /** True once a bugcheck or a reset was seen. */
  hasCrashed(): boolean;
  /** Aborts with the first bugcheck or reset: nobody has to sit out a settle window after it. */
  readonly crashed: AbortSignal;
}

/** Collects what a watch reports. Beats of a living guest are kept as changes only. */
export function createObservation(note: (event: GuestEvent) => void): Observation {
  const seen: GuestEvent[] = [];
  const counts = new Map<GuestEvent['kind'], number>();
  const crash = new AbortController();
  let isBeating = true;

  function isNews(event: GuestEvent): boolean {
    if (event.kind !== 'heartbeat' && event.kind !== 'heartbeat-lost') return true;
    const wasBeating = isBeating;
    isBeating = event.kind === 'heartbeat';
    return wasBeating !== isBeating;
  }

  function keep(event: GuestEvent): void {
    const count = counts.get(event.kind) ?? 0;
    // Changes of the heartbeat always replace the last one: only how it ended matters then.
    if (count >= perKindMax && event.kind !== 'heartbeat' && event.kind !== 'heartbeat-lost')
      return;
    counts.set(event.kind, count + 1);
    if (count >= perKindMax) {
      seen.splice(
        seen.findIndex((other) => other.kind === event.kind),
        1,
      );
    }
    seen.push(event);
    note(event);
  }

  return {
    onEvent(event) {
      if (isNews(event)) keep(event);
      if (event.kind === 'bugcheck' || event.kind === 'reset') crash.abort('crash');
    },
    events: () => seen,
    hasCrashed: () => crash.signal.aborted,
    crashed: crash.signal,
  };
}

/** One crash, however many channels told of it. */
export interface Crash {
  readonly host: string | null;
  readonly at: Instant;
  readonly channels: readonly string[];
  readonly stop: StopError;
}

const noCode: StopError = {
  code: null,
  parameters: [],
  module: null,
  function: null,
  offset: null,
  reason: null,
};

/**
 * The guest's crash of an attempt, from all its bugcheck events and resets; undefined when there
 * was none. A second crash with another code is not this one: the first with a code is told.
 */
export function mergeGuestCrash(events: readonly GuestEvent[]): Crash | undefined {
  const crash = mergeCrash(crashesOf(events, 'guest'));
  const resets = events.filter((event) => event.kind === 'reset');
  const [first] = resets;
  if (first === undefined) return crash;
  const channels = resets.map((reset) => reset.channel);
  if (crash === undefined) {
    return { host: null, at: first.at, channels: unique(channels), stop: noCode };
  }
  return { ...crash, channels: unique([...crash.channels, ...channels]) };
}

export function mergeHostCrash(events: readonly GuestEvent[]): Crash | undefined {
  const crashes = crashesOf(events, 'host');
  const [first] = crashes;
  return mergeCrash(crashes.filter((crash) => crash.host === first?.host));
}

export function crashesOf(
  events: readonly GuestEvent[],
  subject: CrashEvent['subject'],
): CrashEvent[] {
  return events.filter(
    (event) => event.kind === 'bugcheck' && event.subject === subject,
  ) as CrashEvent[];
}

function mergeCrash(crashes: readonly CrashEvent[]): Crash | undefined {
  const told = crashes.find((crash) => crash.stop.code !== null) ?? crashes[0];
  if (told === undefined) return undefined;
  const same = crashes.filter(({ stop }) => stop.code === null || stop.code === told.stop.code);
  return {
    host: told.host ?? same.find((crash) => crash.host !== null)?.host ?? null,
    at: same.reduce((earliest, crash) => (crash.at < earliest ? crash.at : earliest), told.at),
    channels: unique(same.map((crash) => crash.channel)),
    stop: same.reduce((merged, crash) => mergeStops(merged, crash.stop), told.stop),
  };
}

/** What `more` knows beyond `known`; it never overrules it. Parameters belong to their code. */
export function mergeStops(known: StopError, more: StopError): StopError {
  if (known.code !== null && more.code !== null && known.code !== more.code) return known;
  return {
    code: known.code ?? more.code,
    parameters: known.parameters.length > 0 ? known.parameters : more.parameters,
    module: known.module ?? more.module,
    function: known.function ?? more.function,
    offset: known.offset ?? more.offset,
    reason: known.reason ?? more.reason,
  };
}

function unique(channels: readonly string[]): string[] {
  return [...new Set(channels)];
}
