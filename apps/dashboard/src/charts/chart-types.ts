import type { Tone } from '../format/words.ts';

export interface ChartLine {
  readonly label: string;
  /** The lines of one group make one band. */
  readonly group: string;
  readonly role: 'estimate' | 'lower' | 'upper' | 'line';
  readonly tone: Tone;
  readonly values: readonly (number | null)[];
}

export interface LineChartProps {
  readonly title: string;
  /** Ascending. */
  readonly x: readonly number[];
  readonly xLabel: string;
  readonly lines: readonly ChartLine[];
  readonly yFormat: (value: number) => string;
  readonly xFormat: (value: number) => string;
  readonly logarithmic: boolean;
  /** A level to draw across, such as the decision line. */
  readonly level?: { readonly value: number; readonly label: string };
  /** x of moments to mark, such as bugchecks. */
  readonly marks?: readonly number[];
}
