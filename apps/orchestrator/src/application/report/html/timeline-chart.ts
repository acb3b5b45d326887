import type { ReportView } from '@gauntlet/shared/contracts/reports';
import { isExposure, isFinding } from '@gauntlet/shared/domain/outcome';
import { type Instant, parseIso, toInstant } from '@gauntlet/shared/kernel/instant';
import { html, type Markup } from './markup.ts';
import { count, duration, type Words } from './words.ts';

const width = 720;
const height = 190;
const left = 78;
const right = 16;
const top = 30;
const bottom = 34;
const ticksMax = 8;

interface Bar {
  readonly startAt: Instant;
  clean: number;
  findings: number;
  uncounted: number;
}

/** Settled attempts over time: how busy it was, and when something was found or went wrong. */
export function timelineChart({ timeline, events }: ReportView, words: Words): Markup {
  const bars = toBars(timeline);
  const [first, last] = [bars[0], bars.at(-1)];
  if (first === undefined || last === undefined)
    return html`<p class="empty">No attempt has settled yet.</p>`;
  const binsWide = (last.startAt - first.startAt) / timeline.binMs + 1;
  const step = (width - left - right) / binsWide;
  const highest = Math.max(...bars.map((bar) => bar.clean + bar.findings + bar.uncounted));
  const x = (at: number) => left + ((at - first.startAt) / timeline.binMs) * step;
  const y = (attempts: number) => height - bottom - ((height - top - bottom) * attempts) / highest;
  const trips = events.filter((event) => event.kind === 'guard');
  const findings = bars.reduce((sum, bar) => sum + bar.findings, 0);
  return html`<figure>
<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="Settled attempts over time: ${count(
    findings,
  )} findings, ${count(trips.length)} guard trips">
<defs><pattern id="hatch" width="4" height="4" patternUnits="userSpaceOnUse"
patternTransform="rotate(45)"><rect width="2" height="4" fill="var(--fwarn)"/></pattern></defs>
${frame(highest, y)}
${bars.map((bar) => barShape(bar, { x: x(bar.startAt), wide: Math.max(0.8, step * 0.86), y }))}
${trips.slice(0, 50).map((trip) => tripShape(x(parseIso(trip.at) ?? first.startAt)))}
${ticks(first.startAt, { binsWide, binMs: timeline.binMs, x, words })}
</svg>
<figcaption>Settled attempts per ${duration(timeline.binMs)}, ${words.timeZone}. Grey: clean. Hatched:
not counted (failed migrations, rig faults, indeterminate, cancelled). ▲ with a number: findings.
Dashed line: a guard tripped.</figcaption>
</figure>`;
}

function toBars({ bins }: ReportView['timeline']): Bar[] {
  const bars = new Map<string, Bar>();
  for (const { startAt, outcome, attempts } of bins) {
    const fresh = {
      startAt: parseIso(startAt) ?? toInstant(0),
      clean: 0,
      findings: 0,
      uncounted: 0,
    };
    const bar = bars.get(startAt) ?? fresh;
    if (isFinding(outcome)) bar.findings += attempts;
    else if (isExposure(outcome)) bar.clean += attempts;
    else bar.uncounted += attempts;
    bars.set(startAt, bar);
  }
  return [...bars.values()].toSorted((a, b) => a.startAt - b.startAt);
}

function frame(highest: number, y: (attempts: number) => number): Markup {
  return html`${[0, highest].map(
    (attempts) => html`<line class="grid" x1="${left}" x2="${width - right}" y1="${y(attempts)}"
y2="${y(attempts)}"/><text x="${left - 6}" y="${y(attempts) + 4}" text-anchor="end">${count(
      attempts,
    )}</text>`,
  )}`;
}

function barShape(
  bar: Bar,
  { x, wide, y }: { x: number; wide: number; y: (attempts: number) => number },
): Markup {
  const base = y(0);
  const cleanTop = y(bar.clean);
  const uncountedTop = y(bar.clean + bar.uncounted);
  const allTop = y(bar.clean + bar.uncounted + bar.findings);
  const middle = round(x + wide / 2);
  const mark =
    bar.findings === 0
      ? null
      : html`<path d="M${middle} ${round(allTop - 9)}l4.5 7h-9z" fill="var(--fbad)"/>
<text x="${middle}" y="${round(allTop - 12)}" text-anchor="middle">${count(bar.findings)}</text>`;
  return html`<rect x="${round(x)}" y="${round(cleanTop)}" width="${round(wide)}"
height="${round(base - cleanTop)}" fill="var(--fmute)"/>
<rect x="${round(x)}" y="${round(uncountedTop)}" width="${round(wide)}"
height="${round(cleanTop - uncountedTop)}" fill="url(#hatch)"/>
<rect x="${round(x)}" y="${round(allTop)}" width="${round(wide)}"
height="${round(uncountedTop - allTop)}" fill="var(--fbad)"/>${mark}`;
}

function tripShape(x: number): Markup {
  const place = Math.min(width - right, Math.max(left, x));
  return html`<line x1="${round(place)}" x2="${round(place)}" y1="${top - 18}" y2="${height - bottom}"
stroke="var(--bad)" stroke-width="1.5" stroke-dasharray="4 3"/>`;
}

function ticks(
  firstAt: Instant,
  given: { binsWide: number; binMs: number; x: (at: number) => number; words: Words },
): Markup {
  const { binsWide, binMs, x, words } = given;
  const every = Math.max(1, Math.ceil(binsWide / ticksMax));
  const places = Array.from({ length: Math.ceil(binsWide / every) }, (_, index) => index * every);
  return html`${places.map((place) => {
    const at = toInstant(firstAt + place * binMs);
    return html`<text x="${round(x(at))}" y="${height - bottom + 16}">${words.tick(at, binMs)}</text>`;
  })}<line class="axis" x1="${left}" x2="${width - right}" y1="${height - bottom}"
y2="${height - bottom}"/>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
