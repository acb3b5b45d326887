import type { Tone } from '../format/words.ts';
import type { LogAxis } from './log-axis.ts';

interface IntervalCellProps {
  readonly axis: LogAxis;
  readonly estimate: number | null;
  /** The wide, thin interval. */
  readonly outer: { readonly lower: number; readonly upper: number };
  /** The narrow, thick one; optional. */
  readonly inner?: { readonly lower: number; readonly upper: number };
  readonly tone: Tone;
  /** A line across all rows, such as a ratio of 1. */
  readonly reference?: number;
}

/**
 * One row of a forest plot or of interval bars. It stretches with its table cell: a point is a
 * stroke without length, so that it stays round. The numbers stand in the same row as text.
 */
export function IntervalCell(props: IntervalCellProps) {
  const { axis, estimate, outer, inner, tone, reference } = props;
  return (
    <svg
      className={`interval tone-${tone}`}
      viewBox="0 0 100 20"
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      {axis.ticks.map((tick) => (
        <path key={tick.value} className="tick" d={`M${tick.at} 0V20`} />
      ))}
      {reference === undefined ? null : (
        <path className="reference" d={`M${axis.at(reference)} 0V20`} />
      )}
      <path className="outer" d={span(axis, outer)} />
      <path className="cap" d={caps(axis, outer)} />
      {inner === undefined ? null : <path className="inner" d={span(axis, inner)} />}
      {estimate === null || axis.isBeyond(estimate) ? null : (
        <path className="point" d={`M${axis.at(estimate)} 10h0`} />
      )}
    </svg>
  );
}

function span(axis: LogAxis, { lower, upper }: { lower: number; upper: number }): string {
  return `M${axis.at(lower)} 10H${axis.at(upper)}`;
}

/** A bar at each end that lies on the axis; an open end has none. */
function caps(axis: LogAxis, { lower, upper }: { lower: number; upper: number }): string {
  return [lower, upper]
    .filter((end) => !axis.isBeyond(end))
    .map((end) => `M${axis.at(end)} 5V15`)
    .join('');
}

/** The axis over a column of interval cells. */
export function AxisHead({
  axis,
  format,
}: {
  readonly axis: LogAxis;
  readonly format: (value: number) => string;
}) {
  return (
    <div className="axis-head" aria-hidden="true">
      {axis.ticks.map((tick) => (
        <span key={tick.value} style={{ left: `${tick.at}%` }}>
          {format(tick.value)}
        </span>
      ))}
    </div>
  );
}
