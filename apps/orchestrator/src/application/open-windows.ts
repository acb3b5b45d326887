import type { Window } from '@gauntlet/shared/contracts/campaigns';
import type { Calendar } from '@gauntlet/shared/kernel/calendar';
import { addMs, type Instant } from '@gauntlet/shared/kernel/instant';

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

interface Span {
  readonly startsAt: Instant;
  readonly endsAt: Instant;
}

/** Openings looked at per window: two months of nights, all of them blacked out. */
const openingsMax = 64;

/** Whether a window is open. Windows that touch are one; blackout days are cut out of each. */
export function openWindows(plan: WindowPlan, at: Instant, calendar: Calendar): WindowAnswer {
  const spans = merge(plan.windows.flatMap((window) => spansOf(window, plan, { at, calendar })));
  const open = spans.find((span) => span.startsAt <= at && at < span.endsAt);
  const next = spans.find((span) => span.startsAt > at);
  const nextOpenAt = next?.startsAt ?? null;
  if (open === undefined) return { open: false, until: nextOpenAt, lengthMs: 0, nextOpenAt };
  return { open: true, until: open.endsAt, lengthMs: open.endsAt - open.startsAt, nextOpenAt };
}

function spansOf(
  window: Window,
  { blackoutDates }: WindowPlan,
  { at, calendar }: { at: Instant; calendar: Calendar },
): Span[] {
  const durationMs = window.durationMinutes * 60_000;
  const openings = calendar.next(window, addMs(at, -durationMs), openingsMax);
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

/** An answer and the time it was given for: it holds from then until `until`. */
export interface KeptPermission extends StartPermission {
  readonly from: Instant;
  readonly longestAttemptMs: number;
}

/**
 * Whether an attempt that starts now would end inside the window. Before anything was measured an
 * attempt may take its whole time-out; whatever was measured, the first half of a window is used.
 *
 * @param longestMs the campaign's longest attempt so far, queue included; 0: none yet
 */
export function mayStartIn(
  answer: WindowAnswer,
  at: Instant,
  { longestMs, timeoutMs }: { longestMs: number; timeoutMs: number },
): StartPermission {
  const leadMs = Math.min(longestMs === 0 ? timeoutMs : longestMs, answer.lengthMs / 2);
  const { until, nextOpenAt } = answer;
  if (answer.open && (until === null || at + leadMs < until)) {
    return { mayStart: true, until: until === null ? null : addMs(until, -leadMs) };
  }
  return { mayStart: false, until: nextOpenAt };
}
