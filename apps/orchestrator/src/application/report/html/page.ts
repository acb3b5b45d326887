import type { ReportView } from '@gauntlet/shared/contracts/reports';
import { buckets, events, inventoryChanges, startAgain, vmMatrix } from './evidence-sections.ts';
import { html, type Markup } from './markup.ts';
import { rateChart } from './rate-chart.ts';
import { conclusion, heading, limits, numbers, outcomesPerArm } from './sections.ts';
import { style } from './style.ts';
import { timelineChart } from './timeline-chart.ts';
import type { Words } from './words.ts';

/**
 * The page the administrator reads at seven: one file that needs nothing but itself. Its size is
 * bounded by the lists of `ReportView`, whatever the number of attempts.
 */
export function* reportPage(report: ReportView, words: Words): Generator<string> {
  const trusted: Markup = { markup: style };
  yield html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="Gauntlet ${report.version}">
<title>${report.campaign.name} – Gauntlet report</title>
<style>${trusted}</style>
</head>
<body>
<main>
`.markup;
  for (const section of sections(report, words)) yield `${section().markup}\n`;
  yield html`<footer>Made by Gauntlet ${report.version} at ${words.time(report.generatedAt)}
(${report.generatedAt}) · campaign <code>${report.campaign.id}</code>. Numbers, sentence and charts come
from the same records; <code>report?format=json</code> has them all.</footer>
</main>
</body>
</html>
`.markup;
}

function sections(report: ReportView, words: Words): (() => Markup)[] {
  return [
    () => heading(report, words),
    () => conclusion(report),
    () => numbers(report),
    () =>
      html`<h2>The rate, and when it happened</h2>${rateChart(report)}${timelineChart(report, words)}`,
    () => limits(report),
    () => buckets(report, words),
    () => events(report, words),
    () => outcomesPerArm(report),
    () => inventoryChanges(report, words),
    () => vmMatrix(report),
    () => startAgain(report),
  ];
}
