import { useEffect, useState } from 'react';
import { followEvents } from './event-stream.ts';
import { peek, put, wake } from './resources.ts';
import type { StreamEvent } from './sse-parser.ts';

/** One line of what just happened, newest first on the screen. */
export interface LiveEvent {
  readonly seq: string;
  readonly kind: string;
  readonly at: string | null;
  readonly data: Readonly<Record<string, unknown>>;
}

export interface CampaignEvents {
  readonly connected: boolean;
  readonly recent: readonly LiveEvent[];
}

const recentMax = 30;
const nothing: CampaignEvents = { connected: false, recent: [] };

/** Follows a campaign: its resource is read anew at most four times a second while things happen. */
export function useCampaignEvents(campaignId: string): CampaignEvents {
  const [state, setState] = useState(nothing);
  useEffect(() => {
    const stop = new AbortController();
    setState(nothing);
    followEvents(
      `/campaigns/${campaignId}/events`,
      {
        onConnected: (connected) => setState((old) => ({ ...old, connected })),
        onEvents: (events) => {
          if (!applyProgress(campaignId, events)) wake(`/campaigns/${campaignId}`);
          setState((old) => ({ ...old, recent: merge(old.recent, events) }));
        },
      },
      stop.signal,
    );
    return () => stop.abort();
  }, [campaignId]);
  return state;
}

/**
 * A `progress` event is the campaign without its name and configuration: what is known plus the
 * event is the whole, so that a busy campaign costs one parse a flush and no request.
 */
function applyProgress(campaignId: string, events: readonly StreamEvent[]): boolean {
  const path = `/campaigns/${campaignId}`;
  const known = peek<object>(path).data;
  const last = events.findLast((event) => event.event === 'progress');
  if (known === undefined || last === undefined) return false;
  const { campaignId: _, ...progress } = parseData(last.data);
  put(path, { ...known, ...progress });
  return true;
}

function merge(old: readonly LiveEvent[], events: readonly StreamEvent[]): readonly LiveEvent[] {
  const fresh = events
    .filter((event) => event.event !== 'progress')
    .map(toLiveEvent)
    .reverse();
  return fresh.length === 0 ? old : [...fresh, ...old].slice(0, recentMax);
}

function toLiveEvent(event: StreamEvent): LiveEvent {
  const body = parseData(event.data);
  return {
    seq: event.id,
    kind: event.event,
    at: typeof body['at'] === 'string' ? body['at'] : null,
    data: body,
  };
}

function parseData(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
