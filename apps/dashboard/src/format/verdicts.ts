import type { VerdictView } from '@gauntlet/shared/contracts/verdict';
import type { Word } from './words.ts';

/** Says what was shown and no more: a lower rate is not yet a fix. */
const verdictWords = {
  inconclusive: { text: 'not decided yet', tone: 'info', shape: 'half' },
  reproduced: { text: 'reproduced', tone: 'bad', shape: 'diamond' },
  'baseline-ready': { text: 'baseline ready', tone: 'info', shape: 'ring' },
  confirmed: { text: 'lower rate confirmed', tone: 'ok', shape: 'disc' },
  'confirmed-strong': { text: 'target confirmed', tone: 'ok', shape: 'disc' },
  refuted: { text: 'claim refuted', tone: 'bad', shape: 'cross' },
  futile: { text: 'cannot be decided here', tone: 'warn', shape: 'bar' },
} as const satisfies Record<VerdictView['state'], Word>;

export function verdictWord(state: VerdictView['state']): Word {
  return verdictWords[state];
}

/** The API writes infinity as a string, because JSON has none. */
export function toNumber(value: number | 'Infinity'): number {
  return value === 'Infinity' ? Number.POSITIVE_INFINITY : value;
}
