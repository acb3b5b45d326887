import type { Instant } from '@gauntlet/shared/kernel/instant';
import type { GuestEvent } from '../../application/ports.ts';
import type { VmHeartbeat } from './operations.ts';

export interface HeartbeatTrack {
  /** Takes one sample; what it means, or null when it is no news. */
  sample(beat: VmHeartbeat, seen: { at: Instant; ms: number }): GuestEvent | null;
  /** When the heart was last heard before it was lost; null: never since the watch was armed. */
  readonly okAt: Instant | null;
  readonly isBeating: boolean;
}

/**
 * Tells a heartbeat that is gone from one that a hand-over interrupts for a moment.
 *
 * @param lostMs silence up to this is no news
 */
export function trackHeartbeat(lostMs: number): HeartbeatTrack {
  const channel = 'hyperv-heartbeat';
  let isLost = false;
  let isBeating = false;
  let okAt: Instant | null = null;
  let silentSinceMs: number | null = null;
  return {
    get okAt() {
      return okAt;
    },
    get isBeating() {
      return isBeating;
    },
    sample({ state, heartbeat }, { at, ms }) {
      isBeating = state === 'running' && heartbeat === 'ok';
      if (isBeating) {
        const isBack = isLost;
        if (!isBack) okAt = at;
        isLost = false;
        silentSinceMs = null;
        return isBack ? { kind: 'heartbeat', at, channel } : null;
      }
      silentSinceMs ??= ms;
      if (isLost || ms - silentSinceMs < lostMs) return null;
      isLost = true;
      return { kind: 'heartbeat-lost', at, channel };
    },
  };
}
