import { formatCount } from '../format/numbers.ts';

interface RulerProps {
  readonly value: number;
  /** null: open-ended, the scale then ends at the next round number. */
  readonly max: number | null;
  /** Positions of bugchecks on the same scale. */
  readonly marks?: readonly number[];
  readonly label: string;
}

/** Progress as a measure with a needle; bugchecks stand on it where they happened. */
export function Ruler({ value, max, marks = [], label }: RulerProps) {
  const end = max ?? roundUp(value);
  const at = (position: number): number => (end === 0 ? 0 : Math.min(100, (100 * position) / end));
  return (
    <div
      className="ruler"
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={end}
      aria-valuenow={Math.min(value, end)}
      aria-valuetext={`${formatCount(value)} of ${max === null ? 'no fixed number' : formatCount(max)}`}
    >
      <svg viewBox="0 0 100 20" preserveAspectRatio="none" aria-hidden="true">
        <rect className="ruler-done" x="0" y="8" width={at(value)} height="12" />
        {Array.from({ length: 41 }, (_, i) => (
          <path
            key={i}
            className="ruler-tick"
            d={`M${i * 2.5} 20V${i % 10 === 0 ? 8 : i % 5 === 0 ? 13 : 16}`}
          />
        ))}
        {marks.map((mark, i) => (
          <path key={`${mark}-${i}`} className="ruler-mark" d={`M${at(mark)} 6h0`} />
        ))}
        <path className="ruler-needle" d={`M${at(value)} 2V20`} />
      </svg>
      <div className="ruler-ends">
        <span>0</span>
        <span>{max === null ? `${formatCount(end)} (no limit)` : formatCount(end)}</span>
      </div>
    </div>
  );
}

/** The next 1, 2 or 5 times a power of ten. */
function roundUp(value: number): number {
  if (value <= 0) return 10;
  const power = 10 ** Math.floor(Math.log10(value));
  const factor = [1, 2, 5, 10].find((step) => step * power >= value) ?? 10;
  return factor * power;
}
