import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { ChartLine, LineChartProps } from './chart-types.ts';

export interface PlotHandle {
  update(props: LineChartProps): void;
  setCursor(index: number): void;
  destroy(): void;
}

const heightPx = 260;

/** The only place that knows uPlot. Follows the element's width and the colour scheme. */
export function createPlot(element: HTMLElement, first: LineChartProps): PlotHandle {
  let props = first;
  let plot = build(element, props);
  const observer = new ResizeObserver(() => {
    if (element.clientWidth > 0) plot.setSize({ width: element.clientWidth, height: heightPx });
  });
  observer.observe(element);
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  const rebuild = (): void => {
    plot.destroy();
    plot = build(element, props);
  };
  scheme.addEventListener('change', rebuild);
  return {
    update(next) {
      const sameShape = shapeOf(next) === shapeOf(props);
      props = next;
      if (sameShape) plot.setData(dataOf(next));
      else rebuild();
    },
    setCursor(index) {
      const x = props.x[index];
      if (x === undefined) return;
      plot.setCursor({ left: plot.valToPos(x, 'x'), top: 0 });
    },
    destroy() {
      observer.disconnect();
      scheme.removeEventListener('change', rebuild);
      plot.destroy();
    },
  };
}

/** What a change of needs a new plot; data alone does not. */
function shapeOf(props: LineChartProps): string {
  return JSON.stringify([
    props.lines.map((line) => [line.label, line.tone, line.role]),
    props.level?.value,
    props.marks,
    props.logarithmic,
  ]);
}

function dataOf(props: LineChartProps): uPlot.AlignedData {
  return [[...props.x], ...props.lines.map((line) => [...line.values])] as uPlot.AlignedData;
}

function build(element: HTMLElement, props: LineChartProps): uPlot {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  return new uPlot(
    {
      width: Math.max(200, element.clientWidth),
      height: heightPx,
      legend: { show: false },
      cursor: { y: false, points: { size: 7 } },
      scales: {
        x: { time: false },
        y: props.logarithmic ? { distr: 3, log: 10 } : { range: rangeWith(props) },
      },
      axes: [xAxis(props, colour), yAxis(props, colour)],
      series: [{}, ...props.lines.map((line) => seriesOf(line, colour))],
      bands: bandsOf(props, colour),
      hooks: { draw: [(plot) => drawMarks(plot, props, colour)] },
    },
    dataOf(props),
    element,
  );
}

type Colour = (name: string) => string;

/** The decision line is always in sight. */
function rangeWith(props: LineChartProps) {
  return (_: uPlot, low: number, high: number): [number, number] => {
    const top = Math.max(high ?? 0, props.level?.value ?? 0);
    const bottom = Math.min(low ?? 0, 0);
    const room = 0.12 * (top - bottom || 1);
    return [bottom - room, top + room];
  };
}

const wholeSteps = [0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((power) =>
  [1, 2, 5].map((step) => step * 10 ** power),
);

function xAxis(props: LineChartProps, colour: Colour): uPlot.Axis {
  return {
    ...axisStyle(colour),
    label: props.xLabel,
    size: 30,
    labelSize: 20,
    labelFont: `12px ${colour('--sans')}`,
    values: (_, ticks) => ticks.map(props.xFormat),
    space: 80,
    // Exposures are whole: no tick at two and a half.
    incrs: wholeSteps,
  };
}

function yAxis(props: LineChartProps, colour: Colour): uPlot.Axis {
  return {
    ...axisStyle(colour),
    size: 96,
    values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : props.yFormat(tick))),
    ...(props.logarithmic ? powersOnlyEverywhere(colour) : {}),
  };
}

/** Labels, ticks and grid lines at powers of ten only: the minor ones would be a grey wall. */
function powersOnlyEverywhere(colour: Colour): uPlot.Axis {
  const { grid, ticks } = axisStyle(colour);
  return {
    filter: powersOnly,
    grid: { ...grid, filter: powersOnly },
    ticks: { ...ticks, filter: powersOnly },
  };
}

function powersOnly(_: uPlot, ticks: number[]): (number | null)[] {
  return ticks.map((tick) =>
    Number.isInteger(Math.round(1e9 * Math.log10(tick)) / 1e9) ? tick : null,
  );
}

function axisStyle(colour: Colour): uPlot.Axis {
  return {
    stroke: colour('--ink-3'),
    font: `12px ${colour('--mono')}`,
    grid: { stroke: colour('--grid'), width: 1 },
    ticks: { stroke: colour('--line-strong'), width: 1, size: 4 },
  };
}

function seriesOf(line: ChartLine, colour: Colour): uPlot.Series {
  const edge = line.role === 'lower' || line.role === 'upper';
  return {
    label: line.label,
    stroke: colour(`--fill-${line.tone}`),
    width: edge ? 1 : 2,
    ...(edge ? { dash: [3, 3] } : {}),
    points: { show: false },
    spanGaps: true,
  };
}

function bandsOf(props: LineChartProps, colour: Colour): uPlot.Band[] {
  const bands: uPlot.Band[] = [];
  props.lines.forEach((line, upper) => {
    if (line.role !== 'upper') return;
    const lower = props.lines.findIndex(
      (other) => other.group === line.group && other.role === 'lower',
    );
    if (lower >= 0) {
      bands.push({ series: [upper + 1, lower + 1], fill: `${colour(`--fill-${line.tone}`)}2e` });
    }
  });
  return bands;
}

/** The level line and a diamond on the x axis for each mark. */
function drawMarks(plot: uPlot, props: LineChartProps, colour: Colour): void {
  const { ctx } = plot;
  const { left, top, width, height } = plot.bbox;
  ctx.save();
  if (props.level !== undefined) {
    const y = plot.valToPos(props.level.value, 'y', true);
    ctx.strokeStyle = colour('--ok');
    ctx.lineWidth = 2 * devicePixelRatio;
    ctx.setLineDash([10 * devicePixelRatio, 5 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(left, y);
    ctx.lineTo(left + width, y);
    ctx.stroke();
  }
  ctx.fillStyle = colour('--fill-bad');
  for (const mark of props.marks ?? []) {
    const x = plot.valToPos(mark, 'x', true);
    if (x < left || x > left + width) continue;
    drawDiamond(ctx, x, top + height);
  }
  ctx.restore();
}

function drawDiamond(ctx: CanvasRenderingContext2D, x: number, y: number): void {
  const r = 5 * devicePixelRatio;
  ctx.beginPath();
  ctx.moveTo(x, y - 2 * r);
  ctx.lineTo(x + r, y - r);
  ctx.lineTo(x, y);
  ctx.lineTo(x - r, y - r);
  ctx.fill();
}
