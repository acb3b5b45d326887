import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import type { LineChartProps } from './chart-types.ts';
import type { PlotHandle } from './plot.ts';

/**
 * A canvas chart that the keyboard and a screen reader can use too: arrow keys move a cursor whose
 * reading is spoken, and the same numbers stand in a table. uPlot is loaded when first needed.
 */
export function LineChart(props: LineChartProps) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<PlotHandle | null>(null);
  const [cursor, setCursor] = useState<number | null>(null);
  const latest = useRef(props);
  latest.current = props;
  const id = useId();

  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const stop = new AbortController();
    void import('./plot.ts').then(({ createPlot }) => {
      if (!stop.signal.aborted) plot.current = createPlot(element, latest.current);
    });
    return () => {
      stop.abort();
      plot.current?.destroy();
      plot.current = null;
    };
  }, []);

  useEffect(() => {
    plot.current?.update(props);
  }, [props]);

  function onKeyDown(event: KeyboardEvent): void {
    const next = moveCursor(event.key, cursor, props.x.length);
    if (next === undefined) return;
    event.preventDefault();
    setCursor(next);
    plot.current?.setCursor(next);
  }

  return (
    <figure className="chart" aria-labelledby={id}>
      <figcaption id={id} className="visually-hidden">
        {props.title}
      </figcaption>
      <Legend {...props} />
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex, jsx-a11y/no-noninteractive-element-interactions */}
      <div
        ref={host}
        className="chart-canvas"
        tabIndex={0}
        role="group"
        aria-label={`${props.title}: chart. Arrow keys move the cursor.`}
        onKeyDown={onKeyDown}
      />
      <p className="chart-reading" aria-live="polite">
        {cursor === null ? '' : readingAt(props, cursor)}
      </p>
      <ChartTable {...props} />
    </figure>
  );
}

function moveCursor(key: string, cursor: number | null, count: number): number | undefined {
  if (count === 0) return undefined;
  const last = count - 1;
  const from = cursor ?? last;
  const step = Math.max(1, Math.round(count / 20));
  switch (key) {
    case 'ArrowLeft':
      return Math.max(0, from - 1);
    case 'ArrowRight':
      return Math.min(last, from + 1);
    case 'PageUp':
      return Math.max(0, from - step);
    case 'PageDown':
      return Math.min(last, from + step);
    case 'Home':
      return 0;
    case 'End':
      return last;
    default:
      return undefined;
  }
}

function readingAt({ x, xFormat, xLabel, lines, yFormat }: LineChartProps, index: number): string {
  const at = x[index];
  if (at === undefined) return '';
  const values = lines.map((line) => {
    const value = line.values[index];
    return `${line.label} ${value === null || value === undefined ? 'none' : yFormat(value)}`;
  });
  return `${xLabel} ${xFormat(at)}: ${values.join(', ')}`;
}

function Legend({ lines, level }: LineChartProps) {
  return (
    <ul className="legend" aria-hidden="true">
      {lines
        .filter((line) => line.role !== 'lower')
        .map((line) => (
          <li key={line.label} className={`tone-${line.tone}`} data-role={line.role}>
            {line.role === 'upper' ? `${line.group}: anytime band` : line.label}
          </li>
        ))}
      {level === undefined ? null : <li data-role="level">{level.label}</li>}
    </ul>
  );
}

const tableRowsMax = 40;

/** At most forty rows, evenly taken, the last one always. */
function ChartTable(props: LineChartProps) {
  const { x, xLabel, xFormat, lines, yFormat, title } = props;
  const [open, setOpen] = useState(false);
  const every = Math.max(1, Math.ceil(x.length / tableRowsMax));
  const rows = x.map((_, i) => i).filter((i) => i % every === 0 || i === x.length - 1);
  return (
    <details onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="quiet small">View as table</summary>
      {open ? (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <div
          className="scroll-x chart-table"
          tabIndex={0}
          role="region"
          aria-label={`${title}: table`}
        >
          <table className="table">
            <thead>
              <tr>
                <th className="num">{xLabel}</th>
                {lines.map((line) => (
                  <th key={line.label} className="num">
                    {line.label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((i) => (
                <tr key={i}>
                  <td className="num">{xFormat(x[i] ?? 0)}</td>
                  {lines.map((line) => {
                    const value = line.values[i];
                    return (
                      <td key={line.label} className="num">
                        {value === null || value === undefined ? '–' : yFormat(value)}
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
    </details>
  );
}
