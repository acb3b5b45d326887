import type { AttemptDetailView } from '@gauntlet/shared/contracts/attempts';
import { parseIso } from '@gauntlet/shared/kernel/instant';
import { formatDuration, formatTime } from '../../format/times.ts';

interface Moment {
  readonly at: string;
  readonly event: string;
  readonly detail: string | null;
  readonly crash: boolean;
}

/** Phases as one bar to scale, then every moment with its distance from the start. */
export function AttemptTimeline({
  attempt,
  crashAt,
}: {
  readonly attempt: AttemptDetailView;
  readonly crashAt?: string;
}) {
  const moments = toMoments(attempt, crashAt);
  // The timeline is by the cluster's clock, so its own first entry is the zero.
  const start = moments[0]?.at ?? attempt.plannedAt;
  return (
    <div className="stack">
      <PhaseBar attempt={attempt} />
      <ol className="moments">
        {moments.map((moment, index) => (
          // oxlint-disable-next-line react/no-array-index-key
          <li key={index} data-crash={moment.crash}>
            <span className="number quiet">{offset(start, moment.at)}</span>
            <span>
              {moment.event}
              {moment.detail === null ? null : <span className="quiet"> {moment.detail}</span>}
            </span>
            <time className="number quiet" dateTime={moment.at} title={moment.at}>
              {formatTime(moment.at)}
            </time>
          </li>
        ))}
      </ol>
    </div>
  );
}

function toMoments(attempt: AttemptDetailView, crashAt: string | undefined): readonly Moment[] {
  const own: Moment[] = attempt.timeline.map((entry) => ({
    ...entry,
    event: entry.event.replaceAll('-', ' '),
    crash: entry.event.includes('bugcheck'),
  }));
  const crash: Moment[] =
    crashAt === undefined || own.some((moment) => moment.crash)
      ? []
      : [{ at: crashAt, event: 'bugcheck', detail: null, crash: true }];
  return [...own, ...crash].sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

function offset(from: string, to: string): string {
  const start = parseIso(from);
  const end = parseIso(to);
  if (start === undefined || end === undefined) return '';
  const ms = end - start;
  return `${ms < 0 ? '−' : '+'}${formatDuration(Math.abs(ms))}`;
}

const phases = [
  ['queueMs', 'waited'],
  ['copyMs', 'copy'],
  ['blackoutMs', 'blackout'],
  ['settleMs', 'settle window'],
  ['recoveryMs', 'recovery'],
] as const;

/** Square-root widths: a blackout of 40 ms beside a copy of 40 s must stay visible. */
export function PhaseBar({ attempt }: { readonly attempt: Pick<AttemptDetailView, 'phases'> }) {
  const shown = phases.flatMap(([key, name]) => {
    const ms = attempt.phases[key];
    return ms === null ? [] : [{ key, name, ms }];
  });
  if (shown.length === 0) return null;
  return (
    <ul className="phase-bar" aria-label="Phases">
      {shown.map(({ key, name, ms }) => (
        <li key={key} data-phase={key} style={{ flexGrow: Math.sqrt(Math.max(ms, 1)) }}>
          <span className="phase-fill" />
          <span className="label">{name}</span>
          <span className="number small">{formatDuration(ms)}</span>
        </li>
      ))}
    </ul>
  );
}
