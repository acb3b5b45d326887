import type { BugcheckSubject, StopError } from '../domain/bugcheck.ts';
import { baseStopCode } from '../domain/stop-codes.ts';
import type { Instant } from '../kernel/instant.ts';

/** How much a channel knows, most first; the better one's words win where two agree. */
export const evidenceRanks = [
  'debugger-text',
  'minidump-driver',
  'dump-header',
  'event-18590',
  'event-1001',
  'event-41',
] as const;

/** One channel's word about one crash. */
export interface CrashSighting {
  readonly channel: string;
  readonly subject: BugcheckSubject;
  readonly vmId: string | null;
  readonly host: string | null;
  readonly at: Instant;
  /** `next-boot`: the crash lies an unknown while before `at`. */
  readonly timeIs: 'crash' | 'next-boot';
  readonly stop: StopError;
}

export interface MergedCrash {
  readonly subject: BugcheckSubject;
  readonly vmId: string | null;
  readonly host: string | null;
  readonly stop: StopError;
  /** The crash lies in here, ends included; one point when a channel knew the moment. */
  readonly from: Instant | null;
  readonly until: Instant;
  /** Every channel that saw it, best first. */
  readonly channels: readonly string[];
}

/**
 * One crash speaks through many channels: 18590 at once, then a reset, then 1001, 41 and a dump
 * after the next boot. Sightings of one subject that do not contradict each other, within the time
 * a system takes to come back, are one crash; a different code is another crash, never a detail.
 *
 * @param backWithinMs how long after a crash the next boot may report it
 */
export function mergeSightings(
  sightings: readonly CrashSighting[],
  backWithinMs: number,
): MergedCrash[] {
  const inTime = [...sightings].sort((a, b) => a.at - b.at || rankOf(a) - rankOf(b));
  const groups: CrashSighting[][] = [];
  for (const sighting of inTime) {
    const group = groups.findLast((one) => belongs(sighting, one, backWithinMs));
    if (group === undefined) groups.push([sighting]);
    else group.push(sighting);
  }
  return groups.map(toCrash);
}

function belongs(
  sighting: CrashSighting,
  group: readonly CrashSighting[],
  backWithinMs: number,
): boolean {
  const [first] = group;
  if (first === undefined || sighting.at - first.at > backWithinMs) return false;
  if (!isSameSubject(first, sighting)) return false;
  if (group.some((other) => contradicts(other.stop, sighting.stop))) return false;
  // A channel tells each crash once, and a boot closes all that came before it.
  if (group.some((other) => other.channel === sighting.channel)) return false;
  return sighting.timeIs === 'next-boot' || group.every((other) => other.timeIs === 'crash');
}

function isSameSubject(a: CrashSighting, b: CrashSighting): boolean {
  if (a.subject !== b.subject) return false;
  return a.subject === 'host' ? a.host === b.host : a.vmId === b.vmId;
}

function contradicts(a: StopError, b: StopError): boolean {
  return a.code !== null && b.code !== null && baseStopCode(a.code) !== baseStopCode(b.code);
}

function toCrash(group: readonly CrashSighting[]): MergedCrash {
  const best = [...group].sort((a, b) => rankOf(a) - rankOf(b));
  const exact = group.filter((one) => one.timeIs === 'crash');
  const moment = exact[0]?.at;
  const [first] = best;
  return {
    subject: first?.subject ?? 'guest',
    vmId: first?.vmId ?? null,
    host: firstOf(best, (one) => one.host),
    stop: mergeStops(best.map((one) => one.stop)),
    from: moment ?? null,
    until: moment ?? (Math.min(...group.map((one) => one.at)) as Instant),
    channels: [...new Set(best.map((one) => one.channel))],
  };
}

/** The stop error with the most detail any of them has, the first one's word first. */
export function mergeStops(stops: readonly StopError[]): StopError {
  return {
    code: firstOf(stops, (stop) => stop.code),
    parameters: stops.find((stop) => stop.parameters.length > 0)?.parameters ?? [],
    module: firstOf(stops, (stop) => stop.module),
    function: firstOf(stops, (stop) => stop.function),
    offset: firstOf(stops, (stop) => stop.offset),
    reason: firstOf(stops, (stop) => stop.reason),
  };
}

function rankOf({ channel }: CrashSighting): number {
  const rank = evidenceRanks.findIndex((known) => known === channel);
  return rank === -1 ? evidenceRanks.length : rank;
}

function firstOf<Item, Value>(
  items: readonly Item[],
  read: (item: Item) => Value | null,
): Value | null {
  for (const item of items) {
    const value = read(item);
    if (value !== null) return value;
  }
  return null;
}
