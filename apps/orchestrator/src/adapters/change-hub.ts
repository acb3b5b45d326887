import type { ChangeNotices } from '../application/ports.ts';
import type { ChangeFeed } from '../application/use-cases.ts';

export interface ChangeHub extends ChangeNotices, ChangeFeed {
  /** Who dispatches; there is one. */
  onRoom(listener: (clusterId: string) => void): void;
}

/** Tells event streams and the dispatcher, in this process, that something changed. */
export function createChangeHub(): ChangeHub {
  const subscribers = new Map<string, Set<() => void>>();
  let tellRoom: (clusterId: string) => void = () => {};
  return {
    campaignChanged(campaignId) {
      for (const onChange of subscribers.get(campaignId) ?? []) onChange();
    },
    clusterHasRoom: (clusterId) => tellRoom(clusterId),
    onRoom(listener) {
      tellRoom = listener;
    },
    subscribe(campaignId, onChange, signal) {
      if (signal.aborted) return;
      const own = subscribers.get(campaignId) ?? new Set();
      subscribers.set(campaignId, own.add(onChange));
      const leave = () => {
        own.delete(onChange);
        if (own.size === 0 && subscribers.get(campaignId) === own) subscribers.delete(campaignId);
      };
      signal.addEventListener('abort', leave, { once: true });
    },
  };
}
