import type { Window } from '@gauntlet/shared/contracts/campaigns';
import type { Calendar } from '@gauntlet/shared/kernel/calendar';
import { addMs, type Instant, toInstant } from '@gauntlet/shared/kernel/instant';

export interface WindowPlan {
  readonly windows: readonly Window[];
  readonly blackoutDates: readonly string[];
}

export interface WindowAnswer {
  /** True when some window is open at the moment that was asked for. */
  readonly open: boolean;
  /** When that changes: the close of the open one, or the next opening; null: never again. */
  readonly until: Instant | null;
  /** Length of the open one, ms; 0 when none is. */
  readonly lengthMs: number;
  /** The first opening after this; null: never again. */
  readonly nextOpenAt: Instant | null;
}

export interface Span {
  readonly startsAt: Instant;
  readonly endsAt: Instant;
}

/** Openings looked at per window: two months of nights, all of them blacked out. */
const openingsMax = 64;

/** The openings ahead of a moment. Calendars are slow to ask, so it is kept. */
export interface WindowForecast {
  /** Windows that touch are one; blackout days are cut out of each. In order. */
  readonly spans: readonly Span[];
  readonly from: Instant;
  /** Up to here all spans are known; null: there are none after the last one. */
  readonly knownUntil: Instant | null;
}

export function forecastWindows(plan: WindowPlan, at: Instant, calendar: Calendar): WindowForecast {
  const each = plan.windows.map((window) => openingsOf(window, at, calendar));
  const spans = plan.windows.flatMap((window, index) =>
    spansOf(window, plan, { openings: each[index] ?? [], calendar }),
  );
  const ends = each.flatMap((openings) =>
    openings.length < openingsMax ? [] : [openings.at(-1) ?? at],
  );
  const knownUntil = ends.length === 0 ? null : toInstant(Math.min(...ends));
  return { spans: merge(spans), from: at, knownUntil };
}

/** Whether a window is open at a moment of the forecast. */
export function windowAt({ spans }: WindowForecast, at: Instant): WindowAnswer {
  const open = spans.find((span) => span.startsAt <= at && at < span.endsAt);
  const next = spans.find((span) => span.startsAt > at);
  const nextOpenAt = next?.startsAt ?? null;
  if (open === undefined) return { open: false, until: nextOpenAt, lengthMs: 0, nextOpenAt };
  return { open: true, until: open.endsAt, lengthMs: open.endsAt - open.startsAt, nextOpenAt };
}

/**
 * When so much time inside windows has passed; beyond the forecast at the share of time that is
 * inside windows in it. null: the windows end before.
 */
export function whenOpenFor(
  { spans, knownUntil }: WindowForecast,
  at: Instant,
  openMs: number,
): Instant | null {
  let leftMs = openMs;
  for (const { startsAt, endsAt } of spans) {
    if (knownUntil !== null && startsAt >= knownUntil) break;
    const from = Math.max(startsAt, at);
    const lastsMs = Math.max(0, endsAt - from);
    if (leftMs <= lastsMs) return addMs(toInstant(from), leftMs);
    leftMs -= lastsMs;
  }
  const knownMs = openMs - leftMs;
  if (knownUntil === null || knownMs <= 0) return null;
  return addMs(at, (knownUntil - at) * (openMs / knownMs));
}

function openingsOf(window: Window, at: Instant, calendar: Calendar): Instant[] {
  return calendar.next(window, addMs(at, -window.durationMinutes * 60_000), openingsMax);
}

function spansOf(
  window: Window,
  { blackoutDates }: WindowPlan,
  { openings, calendar }: { openings: readonly Instant[]; calendar: Calendar },
): Span[] {
  const durationMs = window.durationMinutes * 60_000;
  return openings.flatMap((startsAt) => {
    const span = { startsAt, endsAt: addMs(startsAt, durationMs) };
    return cutOut(span, blackedOut(span, blackoutDates, { window, calendar }));
  });
}

/** The blackout days that touch the span, in order. */
function blackedOut(
  { startsAt, endsAt }: Span,
  dates: readonly string[],
  { window, calendar }: { window: Window; calendar: Calendar },
): Span[] {
  if (dates.length === 0) return [];
  const [first, last] = [startsAt, endsAt].map((at) => calendar.dateOf(at, window.timeZone));
  const touched = dates.filter((date) => date >= (first ?? '') && date <= (last ?? ''));
  return [...touched].sort().map((date) => calendar.day(date, window.timeZone));
}

function cutOut(span: Span, holes: readonly Span[]): Span[] {
  const pieces: Span[] = [];
  let startsAt = span.startsAt;
  for (const hole of holes) {
    if (hole.startsAt > startsAt) pieces.push({ startsAt, endsAt: hole.startsAt });
    if (hole.endsAt > startsAt) startsAt = hole.endsAt;
  }
  if (startsAt < span.endsAt) pieces.push({ startsAt, endsAt: span.endsAt });
  return pieces;
}

function merge(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of [...spans].sort((a, b) => a.startsAt - b.startsAt)) {
    const last = merged.at(-1);
    if (last === undefined || span.startsAt > last.endsAt) merged.push(span);
    else if (span.endsAt > last.endsAt)
      merged[merged.length - 1] = { ...last, endsAt: span.endsAt };
  }
  return merged;
}

export interface StartPermission {
  readonly mayStart: boolean;
  /** Until when this holds; null: for good. */
  readonly until: Instant | null;
}

/**
 * Whether an attempt that starts now would end inside the window; the first half of a window is used
 * whatever was measured.
 *
 * @param leadMs what an attempt takes at most
 */
export function mayStartIn(answer: WindowAnswer, at: Instant, leadMs: number): StartPermission {
  const { until, nextOpenAt } = answer;
  const endMs = Math.min(leadMs, answer.lengthMs / 2);
  if (answer.open && (until === null || at + endMs < until)) {
    return { mayStart: true, until: until === null ? null : addMs(until, -endMs) };
  }
  return { mayStart: false, until: nextOpenAt };
}

/** A lead is measured by so many of the last attempts. */
export const recentAttemptsMax = 200;
/** One of so many is no measure: it hung, and must not end every later night early. */
const hungOneIn = 20;
const marginShare = 0.25;
/** What is on the queue is taken back by the dispatcher's next rounds. */
const marginMs = 1_000;

/**
 * How long before its close a window must stop starting attempts, ms: what 19 of 20 of the last
 * attempts took, and a margin of a quarter and a second. Before anything was measured, and at most,
 * the longest that an attempt is allowed to take.
 *
 * @param recentMs durations of the last attempts, at most `recentAttemptsMax`
 */
export function leadMsOf(recentMs: readonly number[], allowedMs: number): number {
  const descending = [...recentMs].sort((a, b) => b - a);
  const typicalMs = descending[Math.floor(descending.length / hungOneIn)];
  if (typicalMs === undefined) return allowedMs;
  return Math.min(allowedMs, typicalMs * (1 + marginShare) + marginMs);
}
