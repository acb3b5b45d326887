import type { Instant } from '@gauntlet/shared/kernel/instant';

/** What the cluster lets be seen of a VM and its hosts, as it happens. */
export type ClusterEvent =
  | {
      readonly kind: 'bugcheck';
      readonly subject: 'guest' | 'host';
      readonly host: string | null;
      readonly at: Instant;
      readonly channel: string;
      readonly code: number;
      readonly parameters: readonly string[];
    }
  | { readonly kind: 'reset'; readonly at: Instant; readonly channel: string }
  | { readonly kind: 'heartbeat-lost'; readonly at: Instant; readonly channel: string }
  | { readonly kind: 'heartbeat'; readonly at: Instant; readonly channel: string }
  | {
      readonly kind: 'fault';
      readonly at: Instant;
      readonly probe: string;
      readonly detail: string;
    };

export type EventListener = (event: ClusterEvent) => void;

export interface EventBoard {
  /** @returns ends the subscription */
  subscribe(vmId: string, listener: EventListener): () => void;
  emit(vmId: string, event: ClusterEvent): void;
  /** Events of this VM so far, watched or not. */
  countOf(vmId: string): number;
}

export function createEventBoard(): EventBoard {
  const listeners = new Map<string, Set<EventListener>>();
  const counts = new Map<string, number>();
  return {
    subscribe(vmId, listener) {
      const own = listeners.get(vmId) ?? new Set();
      listeners.set(vmId, own);
      own.add(listener);
      return () => {
        own.delete(listener);
        if (own.size === 0 && listeners.get(vmId) === own) listeners.delete(vmId);
      };
    },
    countOf: (vmId) => counts.get(vmId) ?? 0,
    emit(vmId, event) {
      counts.set(vmId, (counts.get(vmId) ?? 0) + 1);
      for (const listener of listeners.get(vmId) ?? []) listener(event);
    },
  };
}
