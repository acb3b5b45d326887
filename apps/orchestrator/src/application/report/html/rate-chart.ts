import type { ReportView } from '@gauntlet/shared/contracts/reports';
import { html, type Markup } from './markup.ts';
import { count, oneIn } from './words.ts';

const width = 720;
const height = 205;
const left = 78;
const right = 16;
const top = 14;
const bottom = 36;
const colours = ['var(--fbad)', 'var(--fok)', 'var(--info)', 'var(--odd)'];
const dashes = ['', '7 4', '2 3', '9 3 2 3'];

type Arm = ReportView['series']['arms'][number];

interface Scale {
  readonly x: (exposures: number) => number;
  readonly y: (rate: number) => number;
  readonly rateMax: number;
  readonly exposuresMax: number;
}

/** The rate of each arm over its exposures, with the band that holds at every moment. */
export function rateChart({ series }: ReportView): Markup {
  const arms = series.arms.filter((arm) => (arm.points.at(-1)?.exposures ?? 0) > 0);
  if (arms.length === 0) return html`<p class="empty">No exposure yet, so there is no rate.</p>`;
  const scale = scaleOf(arms);
  const confidence = Math.round((1 - series.alpha) * 1000) / 10;
  const title = arms.map((arm) => armInWords(arm)).join('; ');
  return html`<figure>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Bugchecks per exposure: ${title}">
<clipPath id="plot"><rect x="${left}" y="${top}" width="${width - left - right}"
height="${height - top - bottom}"/></clipPath>
${grid(scale)}
<g clip-path="url(#plot)">${arms.map((arm, index) => armShapes(arm, index, scale))}</g>
${legend(arms)}
</svg>
<figcaption>Bugchecks per exposure, over the exposures of each arm. Lines: the rate so far. Shaded: the
${confidence} % band, valid however often one looks. The band begins far above the picture and
narrows as evidence comes in.</figcaption>
</figure>`;
}

function armInWords({ name, points }: Arm): string {
  const last = points.at(-1);
  return `${name} ${oneIn(last?.estimate ?? null)} after ${count(last?.exposures ?? 0)} exposures`;
}

function scaleOf(arms: readonly Arm[]): Scale {
  const last = arms.flatMap((arm) => arm.points.at(-1) ?? []);
  const exposuresMax = Math.max(...last.map((point) => point.exposures));
  // What the band narrows to decides the height; its wide beginning is cut off.
  const wanted = last.map((point) => Math.max(point.upper * 1.5, (point.estimate ?? 0) * 2.5));
  const rateMax = Math.min(1, Math.max(...wanted));
  return {
    rateMax,
    exposuresMax,
    x: (exposures) => left + ((width - left - right) * exposures) / exposuresMax,
    y: (rate) => height - bottom - ((height - top - bottom) * rate) / rateMax,
  };
}

function grid({ x, y, rateMax, exposuresMax }: Scale): Markup {
  const rates = [0, 1, 2, 3, 4].map((part) => (rateMax * part) / 4);
  const places = [0, 1, 2, 3, 4].map((part) => Math.round((exposuresMax * part) / 4));
  return html`${rates.map(
    (rate) => html`<line class="grid" x1="${left}" x2="${width - right}" y1="${round(y(rate))}"
y2="${round(y(rate))}"/><text x="${left - 6}" y="${round(y(rate) + 4)}"
text-anchor="end">${oneIn(rate)}</text>`,
  )}${places.map(
    (place) => html`<text x="${round(x(place))}" y="${height - bottom + 16}"
text-anchor="middle">${count(place)}</text>`,
  )}<line class="axis" x1="${left}" x2="${width - right}" y1="${height - bottom}"
y2="${height - bottom}"/>
<text x="${width - right}" y="${height - 4}" text-anchor="end">exposures</text>`;
}

function armShapes({ points }: Arm, index: number, { x, y }: Scale): Markup {
  const upper = points.map((point) => `${round(x(point.exposures))},${round(y(point.upper))}`);
  const lower = points.map((point) => `${round(x(point.exposures))},${round(y(point.lower))}`);
  const line = points
    .filter((point) => point.estimate !== null)
    .map((point) => `${round(x(point.exposures))},${round(y(point.estimate ?? 0))}`);
  const band = [...upper, ...lower.toReversed()].join(' ');
  return html`<polygon points="${band}" fill="${colourOf(index)}" fill-opacity=".16"/>
<polyline points="${line.join(' ')}" fill="none" stroke="${colourOf(index)}" stroke-width="2"
stroke-dasharray="${dashes[index % dashes.length] ?? ''}"/>`;
}

function legend(arms: readonly Arm[]): Markup {
  return html`${arms.slice(0, 6).map((arm, index) => {
    const y = top + 12 + index * 16;
    return html`<line x1="${width - 250}" x2="${width - 222}" y1="${y - 4}" y2="${y - 4}"
stroke="${colourOf(index)}" stroke-width="2.5" stroke-dasharray="${dashes[index % dashes.length] ?? ''}"/>
<text x="${width - 216}" y="${y}">${shorten(arm.name)}: ${oneIn(arm.points.at(-1)?.estimate ?? null)}</text>`;
  })}`;
}

function shorten(name: string): string {
  const letters = Array.from(name);
  return letters.length <= 24 ? name : `${letters.slice(0, 23).join('')}…`;
}

function colourOf(index: number): string {
  return colours[index % colours.length] ?? 'currentColor';
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
