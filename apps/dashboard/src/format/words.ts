import type { AttemptView } from '@gauntlet/shared/contracts/attempts';
import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';

export type Tone = 'ok' | 'warn' | 'bad' | 'info' | 'odd' | 'mute';
/** Shapes that stay apart without colour. */
export type Shape = 'disc' | 'ring' | 'diamond' | 'square' | 'triangle' | 'cross' | 'bar' | 'half';

export interface Word {
  readonly text: string;
  readonly tone: Tone;
  readonly shape: Shape;
}

export type OutcomeName = NonNullable<AttemptView['outcome']>;

const outcomeWordTable = {
  clean: { text: 'clean', tone: 'ok', shape: 'ring' },
  'guest-bugcheck': { text: 'guest bugcheck', tone: 'bad', shape: 'diamond' },
  'guest-hang': { text: 'guest hang', tone: 'odd', shape: 'square' },
  'guest-fault': { text: 'guest fault', tone: 'odd', shape: 'triangle' },
  'host-bugcheck': { text: 'host bugcheck', tone: 'bad', shape: 'disc' },
  'migration-failed': { text: 'migration failed', tone: 'warn', shape: 'cross' },
  'rig-fault': { text: 'rig fault', tone: 'mute', shape: 'bar' },
  indeterminate: { text: 'indeterminate', tone: 'mute', shape: 'half' },
  cancelled: { text: 'cancelled', tone: 'mute', shape: 'bar' },
} as const satisfies Record<OutcomeName, Word>;

/** In the order of the API: exposures first. */
export const outcomeNames = Object.keys(outcomeWordTable) as readonly OutcomeName[];

export function outcomeWord(outcome: OutcomeName | null): Word {
  return outcome === null
    ? { text: 'not settled', tone: 'info', shape: 'half' }
    : outcomeWordTable[outcome];
}

/** The outcomes that count in the denominator of a rate, as in the domain. */
export function isExposure(outcome: OutcomeName): boolean {
  return outcomeNames.indexOf(outcome) < 5;
}

const stateWords = {
  running: { text: 'running', tone: 'ok', shape: 'disc' },
  paused: { text: 'paused', tone: 'warn', shape: 'half' },
  'waiting-for-window': { text: 'waiting for its window', tone: 'info', shape: 'half' },
  stopping: { text: 'stopping', tone: 'warn', shape: 'square' },
  finished: { text: 'finished', tone: 'info', shape: 'ring' },
  stopped: { text: 'stopped', tone: 'mute', shape: 'square' },
  failed: { text: 'failed', tone: 'bad', shape: 'cross' },
} as const satisfies Record<CampaignView['state'], Word>;

export function campaignWord(state: CampaignView['state']): Word {
  return stateWords[state];
}

/** True while the campaign may still plan, run or settle attempts. */
export function isActive(state: CampaignView['state']): boolean {
  return state !== 'finished' && state !== 'stopped' && state !== 'failed';
}
