import type { BucketView, BugcheckView } from '@gauntlet/shared/contracts/bugchecks';
import type { Word } from './words.ts';

const statusWords = {
  new: { text: 'new', tone: 'bad', shape: 'diamond' },
  triaged: { text: 'triaged', tone: 'info', shape: 'half' },
  fixed: { text: 'fixed', tone: 'ok', shape: 'disc' },
  'wont-fix': { text: 'won’t fix', tone: 'mute', shape: 'bar' },
} as const satisfies Record<BucketView['status'], Word>;

export function bucketWord(status: BucketView['status']): Word {
  return statusWords[status];
}

export const bucketStatusNames = Object.keys(statusWords) as readonly BucketView['status'][];

const phaseWords = {
  before: 'before the migration',
  copy: 'while memory was copied',
  blackout: 'in the blackout',
  settle: 'in the settle window',
  recovery: 'during recovery',
  unknown: 'at an unknown moment',
} as const satisfies Record<BugcheckView['phase'], string>;

export function phaseWord(phase: BugcheckView['phase']): string {
  return phaseWords[phase];
}

const classWords: Readonly<Record<string, string>> = {
  driver: 'a driver touched memory it must not touch',
  corruption: 'memory or a structure was corrupted',
  'storage-path': 'the path to a disk failed',
  timing: 'a processor or a routine fell silent for too long',
  hypervisor: 'the hypervisor or the hardware below gave up',
  control: 'written on request, not a failure by itself',
};

export function classWord(codeClass: string | null | undefined): string | null {
  return codeClass == null ? null : (classWords[codeClass] ?? codeClass);
}
