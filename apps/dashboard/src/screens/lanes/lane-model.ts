import type { LaneAttempt, LanesView } from '@gauntlet/shared/contracts/lanes';
import { parseIso } from '@gauntlet/shared/kernel/instant';

export interface LaneBar {
  readonly attempt: LaneAttempt;
  readonly direction: 'out' | 'in';
  /** Per cent of the width; may begin left of 0. */
  readonly from: number;
  readonly to: number;
  /** The parts of the bar by phase, each as a share of its width. */
  readonly parts: readonly { readonly phase: LanePhase; readonly share: number }[];
  readonly row: number;
}

export type LanePhase = 'queued' | 'copy' | 'blackout' | 'settle';

export interface Lane {
  readonly host: LanesView['hosts'][number];
  readonly rows: number;
  readonly bars: readonly LaneBar[];
  readonly outbound: number;
  readonly inbound: number;
}

/** Lays every attempt of the last `spanMs` into the lanes of its two hosts, without overlaps. */
export function toLanes(view: LanesView, spanMs: number): readonly Lane[] {
  const now = parseIso(view.takenAt) ?? 0;
  const attempts = [...view.recent, ...view.inFlight];
  return view.hosts.map((host) => {
    const bars: Omit<LaneBar, 'row'>[] = [];
    for (const attempt of attempts) {
      const span = spanOf(attempt, { now, spanMs });
      if (span === null) continue;
      if (attempt.source === host.name) bars.push({ ...span, attempt, direction: 'out' });
      else if (attempt.target === host.name) bars.push({ ...span, attempt, direction: 'in' });
    }
    const placed = place(bars);
    return {
      host,
      bars: placed,
      rows: Math.max(1, ...placed.map((bar) => bar.row + 1)),
      outbound: view.inFlight.filter(({ source }) => source === host.name).length,
      inbound: view.inFlight.filter(({ target }) => target === host.name).length,
    };
  });
}

/** The first row that is free where the bar begins. */
function place(bars: readonly Omit<LaneBar, 'row'>[]): readonly LaneBar[] {
  const ends: number[] = [];
  return bars
    .toSorted((a, b) => a.from - b.from)
    .map((bar) => {
      const free = ends.findIndex((end) => end <= bar.from);
      const row = free < 0 ? ends.length : free;
      ends[row] = bar.to;
      return { ...bar, row };
    });
}

function spanOf(
  attempt: LaneAttempt,
  { now, spanMs }: { now: number; spanMs: number },
): Pick<LaneBar, 'from' | 'to' | 'parts'> | null {
  const start = parseIso(attempt.startedAt ?? '');
  if (start === undefined) return null;
  const end = parseIso(attempt.settledAt ?? '') ?? now;
  const at = (ms: number): number => 100 + (100 * (ms - now)) / spanMs;
  if (at(end) <= 0) return null;
  return {
    from: at(start),
    to: Math.max(at(end), at(start) + 0.4),
    parts: partsOf(attempt, end - start),
  };
}

function partsOf(attempt: LaneAttempt, totalMs: number): LaneBar['parts'] {
  const { copyMs, blackoutMs, settleMs } = attempt;
  if (copyMs === null) return [{ phase: livePhase(attempt), share: 1 }];
  const total = Math.max(totalMs, copyMs + (blackoutMs ?? 0) + (settleMs ?? 0), 1);
  const copy = copyMs / total;
  const blackout = (blackoutMs ?? 0) / total;
  return [
    { phase: 'copy', share: copy },
    { phase: 'blackout', share: blackout },
    { phase: 'settle', share: Math.max(0, 1 - copy - blackout) },
  ];
}

function livePhase({ phase, state }: LaneAttempt): LanePhase {
  if (phase === 'blackout') return 'blackout';
  if (phase === 'settle' || phase === 'recovery') return 'settle';
  return state === 'running' ? 'copy' : 'queued';
}
