import type { ArmView } from '@gauntlet/shared/contracts/campaigns';
import type { LimitView, ReportView } from '@gauntlet/shared/contracts/reports';
import type { VerdictView } from '@gauntlet/shared/contracts/verdict';
import { isExposure, outcomes } from '@gauntlet/shared/domain/outcome';
import { html, type Markup } from './markup.ts';
import { count, duration, oneIn, percent, rateRange, type Words } from './words.ts';

type Tone = 'good' | 'bad' | 'open';

/** What the colour says is said in words beside it. */
export function toneOf(verdict: VerdictView | null): Tone {
  switch (verdict?.state) {
    case 'confirmed':
    case 'confirmed-strong':
      return 'good';
    case 'refuted':
    case 'reproduced':
      return 'bad';
    default:
      return 'open';
  }
}

export function heading(report: ReportView, words: Words): Markup {
  const { campaign, cluster } = report;
  const { startedAt, endedAt, state, endReason, blockedBecause } = campaign;
  const because = endReason ?? blockedBecause;
  const until = endedAt === null ? `still ${state}` : words.time(endedAt);
  const calm = state === 'finished' || state === 'running' || state === 'waiting-for-window';
  return html`<header>
<p class="over">Gauntlet campaign report</p>
<h1>${campaign.name}</h1>
<p class="facts">Cluster ${cluster.name} (${cluster.driver}) · ${words.time(startedAt)} to ${until}
(${words.timeZone})</p>
<p class="facts"><span class="tag ${calm ? 'good' : 'open'}">${state}</span>
${because === null ? null : html` because: ${because}`}</p>
</header>`;
}

export function conclusion({ sentence, campaign }: ReportView): Markup {
  const { verdict } = campaign;
  const tone = toneOf(verdict);
  const said = sentence === '' ? 'Nothing can be concluded yet.' : sentence;
  return html`<p class="sentence ${tone}">${said}</p>
<p><span class="tag ${tone}">${verdict?.state ?? 'inconclusive'}</span>
${verdict?.signature == null ? null : html` about ${verdict.signature}`}
${verdict === null ? null : html` · alpha ${verdict.alpha} · ${verdict.design}`}</p>
${(verdict?.warnings ?? []).map((warning) => html`<p class="note">⚠ ${warning}</p>`)}`;
}

export function numbers({ campaign }: ReportView): Markup {
  const { progress, arms } = campaign;
  return html`<h2>The numbers</h2>
<div class="scroll"><table>
<caption>${count(progress.attemptsSettled)} attempts settled, ${count(progress.inFlight)} in flight${
    progress.perHour === null ? null : html`, ${count(progress.perHour)} an hour`
  }. Intervals at 95 %: the exact one holds for a single planned look, the anytime one at every
look.</caption>
<thead><tr><th scope="col">Arm</th><th scope="col" class="n">Exposures</th>
<th scope="col" class="n">Bugchecks</th><th scope="col">Rate</th><th scope="col">Exact</th>
<th scope="col">Anytime</th></tr></thead>
<tbody>${arms.map(armRow)}</tbody></table></div>`;
}

function armRow({ name, exposures, bugchecks, rate }: ArmView): Markup {
  return html`<tr><th scope="row">${name}</th><td class="n">${count(exposures)}</td>
<td class="n">${count(bugchecks)}</td><td>${oneIn(rate.estimate)}</td>
<td>${rateRange(rate.exact)}</td><td>${rateRange(rate.anytime)}</td></tr>`;
}

export function limits({ limits: all }: ReportView): Markup {
  const set = all.filter((limit) => limit.limit !== null);
  return html`<h2>Limits it ran under</h2>
<div class="scroll"><table>
<thead><tr><th scope="col">Limit</th><th scope="col">Kind</th><th scope="col" class="n">Set to</th>
<th scope="col" class="n">Stands at</th><th scope="col">Reached</th></tr></thead>
<tbody>${set.map(
    (limit) => html`<tr${limit.reached && limit.kind === 'guard' ? html` class="hit"` : null}>
<th scope="row"><code>${limit.name}</code></th>
<td>${limit.kind === 'guard' ? 'guard' : 'stop rule'}</td><td class="n">${amount(limit, limit.limit)}</td>
<td class="n">${amount(limit, limit.value)}</td>
<td>${reachedText(limit)}</td></tr>`,
  )}</tbody></table></div>`;
}

function reachedText({ kind, reached }: LimitView): string {
  if (kind === 'guard') return reached ? 'tripped' : 'no';
  return reached ? 'yes, it ended the campaign' : 'no';
}

function amount({ name }: LimitView, value: LimitView['value']): string {
  if (value === null) return '—';
  if (typeof value === 'string') return value;
  if (/Ms(Max|Min)?$/.test(name)) return duration(value);
  return name.includes('Share') ? percent(value) : count(value);
}

const notCounted = outcomes.filter((outcome) => !isExposure(outcome));

export function outcomesPerArm({ campaign, attemptsRolledUp }: ReportView): Markup {
  const { arms } = campaign;
  return html`<h2>Outcomes per arm</h2>
<div class="scroll"><table>
<caption>Only counted exposures enter a rate. ${notCounted.join(', ')}: counted here, never there.</caption>
<thead><tr><th scope="col">Outcome</th>${arms.map(
    (arm) => html`<th scope="col" class="n">${arm.name}</th>`,
  )}</tr></thead>
<tbody>${outcomes.map(
    (outcome) =>
      html`<tr><th scope="row">${outcome}</th>${arms.map(
        (arm) => html`<td class="n">${count(arm.outcomes[outcome])}</td>`,
      )}</tr>`,
  )}<tr><th scope="row">exposure, but another fingerprint than the arm’s</th>${arms.map(
    (arm) => html`<td class="n">${count(arm.fingerprintMismatches)}</td>`,
  )}</tr></tbody></table></div>
${
  attemptsRolledUp === 0
    ? null
    : html`<p class="facts">${count(attemptsRolledUp)} older attempts are kept as hourly tallies; they
are counted in every number here.</p>`
}`;
}
