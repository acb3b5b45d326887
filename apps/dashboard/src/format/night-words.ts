import type { DeliveryView } from '@gauntlet/shared/contracts/notifications';
import type { FiringView } from '@gauntlet/shared/contracts/schedules';
import type { Word } from './words.ts';

const firingWords = {
  starting: { text: 'starting', tone: 'info', shape: 'half' },
  started: { text: 'started', tone: 'ok', shape: 'disc' },
  queued: { text: 'queued', tone: 'info', shape: 'half' },
  skipped: { text: 'skipped', tone: 'warn', shape: 'bar' },
  failed: { text: 'failed', tone: 'bad', shape: 'cross' },
} as const satisfies Record<FiringView['outcome'], Word>;

export function firingWord(outcome: FiringView['outcome']): Word {
  return firingWords[outcome];
}

const deliveryWords = {
  pending: { text: 'on its way', tone: 'info', shape: 'half' },
  delivered: { text: 'delivered', tone: 'ok', shape: 'disc' },
  failed: { text: 'failed', tone: 'bad', shape: 'cross' },
} as const satisfies Record<DeliveryView['state'], Word>;

export function deliveryWord(state: DeliveryView['state']): Word {
  return deliveryWords[state];
}
