import { unreachable } from '../kernel/assert.ts';

export const actions = ['live-migration', 'power-cycle'] as const;
export type Action = (typeof actions)[number];

export const attemptStates = ['planned', 'queued', 'running', 'settled'] as const;
export type AttemptState = (typeof attemptStates)[number];

/** planned -> queued -> running -> settled; settling is allowed from any earlier state. */
export function canFollow(from: AttemptState, to: AttemptState): boolean {
  switch (from) {
    case 'planned':
      return to === 'queued' || to === 'settled';
    case 'queued':
      // Back to planned: a paused campaign takes its waiting attempts off the queue again.
      return to === 'running' || to === 'settled' || to === 'planned';
    case 'running':
      return to === 'settled';
    case 'settled':
      return false;
    default:
      return unreachable(from);
  }
}

/** Milliseconds spent in each phase; null where the phase was not reached or not measured. */
export interface PhaseDurations {
  readonly queueMs: number | null;
  readonly copyMs: number | null;
  readonly blackoutMs: number | null;
  readonly settleMs: number | null;
  readonly recoveryMs: number | null;
}
