import type { TimelineEntry } from '@gauntlet/shared/contracts/attempt-report';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { Instant } from '@gauntlet/shared/kernel/instant';
import { clipText } from './clip.ts';

const entriesMax = 64;
const detailLengthMax = 1_000;

/** What happened in an attempt, in the order it was seen, in the cluster's time. */
export interface Timeline {
  add(event: string, detail?: string, at?: Instant): void;
  entries(): TimelineEntry[];
}

/** Keeps the first 63 entries and the last one: the end of a story is never lost. */
export function createTimeline(clock: Clock): Timeline {
  const kept: TimelineEntry[] = [];
  return {
    add(event, detail, at = clock.now()) {
      if (kept.length === entriesMax) kept.pop();
      kept.push({
        at,
        event,
        detail: detail === undefined ? null : clipText(detail, detailLengthMax),
      });
    },
    entries: () => kept,
  };
}
