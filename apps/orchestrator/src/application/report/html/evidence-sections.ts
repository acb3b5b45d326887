import type { BugcheckView } from '@gauntlet/shared/contracts/bugchecks';
import type {
  ReportBucketView,
  ReportView,
  ReportVmView,
} from '@gauntlet/shared/contracts/reports';
import { isExposure, isFinding, outcomes } from '@gauntlet/shared/domain/outcome';
import { html, type Markup } from './markup.ts';
import { count, milliseconds, type Words } from './words.ts';

export function buckets(report: ReportView, words: Words): Markup {
  const { buckets: all } = report;
  if (all.length === 0) return html`<h2>What crashed</h2><p>No bugcheck was recorded.</p>`;
  return html`<h2>What crashed</h2>${all.map((one) => bucketBlock(one, words))}`;
}

function bucketBlock(
  { bucket, bugchecks, perArm, latest }: ReportBucketView,
  words: Words,
): Markup {
  const shown = latest.length < bugchecks ? ` The newest ${latest.length}:` : '';
  return html`<section><h3>${bucket.title}</h3>
<p><span class="tag bad">${count(bugchecks)} in this campaign</span>
${perArm.map((arm) => html` ${arm.arm}: ${count(arm.bugchecks)} ·`)} ${
    bucket.knownIssue === null
      ? 'no known issue matches'
      : html`known issue <strong>${bucket.knownIssue}</strong>`
  } · status ${bucket.status} · ${count(bucket.bugchecks)} in all campaigns${
    bucket.note === null ? null : html` · note: ${bucket.note}`
  }.${shown}</p>
<div class="scroll"><table>
<thead><tr><th scope="col">When</th><th scope="col">VM</th><th scope="col">Host</th>
<th scope="col">Stop code and parameters</th><th scope="col">Phase</th>
<th scope="col">Evidence (SHA-256)</th></tr></thead>
<tbody>${latest.map((one) => bugcheckRow(one, words))}</tbody></table></div></section>`;
}

function bugcheckRow(bugcheck: BugcheckView, words: Words): Markup {
  const { code, name, parameters, msSinceSwitchover, evidence } = bugcheck;
  const late =
    msSinceSwitchover === null
      ? null
      : html`, ${milliseconds(msSinceSwitchover)} after
switch-over`;
  return html`<tr><td>${words.time(bugcheck.occurredAt)}</td><td>${bugcheck.vm}</td>
<td>${bugcheck.host ?? '—'}</td>
<td>${code ?? 'no stop code'} ${name ?? ''}<br><code>${parameters.join(' ')}</code></td>
<td>${bugcheck.phase}${late}</td>
<td>${evidence.length === 0 ? 'none collected' : evidence.map(evidenceLine)}</td></tr>`;
}

function evidenceLine({ kind, name, sha256, href }: BugcheckView['evidence'][number]): Markup {
  const label = html`<code>${sha256.slice(0, 16)}…</code>`;
  // The path is of this service; offline the hash is what finds the file.
  const link = href === null ? label : html`<a href="${href}" title="${sha256}">${label}</a>`;
  const where = href === null ? ' (with its worker)' : '';
  return html`<div>${kind}: ${name} ${link}${where}</div>`;
}

export function events({ events: all, eventsCut }: ReportView, words: Words): Markup {
  const cut = eventsCut
    ? html`<caption>The last ${count(all.length)}; there are more.</caption>`
    : null;
  return html`<h2>What happened</h2>
<div class="scroll"><table>${cut}
<thead><tr><th scope="col">When</th><th scope="col">What</th></tr></thead>
<tbody>${all.map(
    (event) => html`<tr${event.kind === 'guard' ? html` class="hit"` : null}>
<td class="t">${words.time(event.at)}</td><td>${event.text}</td></tr>`,
  )}</tbody></table></div>`;
}

export function inventoryChanges({ inventoryChanges: all }: ReportView, words: Words): Markup {
  if (all.length === 0)
    return html`<h2>What changed in the inventory</h2>
<p>Nothing: every host that attempts looked at had the same files and hotfixes from first to last.</p>`;
  return html`<h2>What changed in the inventory</h2>
<div class="scroll"><table>
<thead><tr><th scope="col">Where</th><th scope="col">What</th><th scope="col">Before</th>
<th scope="col">After</th><th scope="col">Last seen</th></tr></thead>
<tbody>${all.map(
    (change) => html`<tr><th scope="row">${change.subject}</th><td>${change.fact}</td>
<td>${change.before ?? 'absent'}</td><td>${change.after ?? 'absent'}</td>
<td>${words.time(change.changedAt)}</td></tr>`,
  )}</tbody></table></div>`;
}

export function vmMatrix({ vms, vmsCut }: ReportView): Markup {
  const cut = vmsCut
    ? html`<caption>The first ${count(vms.length)}; there are more.</caption>`
    : null;
  return html`<h2>VM by VM</h2>
<div class="scroll"><table>${cut}
<thead><tr><th scope="col">VM</th><th scope="col">Arm</th><th scope="col" class="n">Exposures</th>
<th scope="col" class="n">Findings</th><th scope="col" class="n">Failed migrations</th>
<th scope="col" class="n">Not known</th><th scope="col" class="n">Blackout, mean</th>
<th scope="col" class="n">longest</th></tr></thead>
<tbody>${vms.map(vmRow)}</tbody></table></div>`;
}

function vmRow(vm: ReportVmView): Markup {
  const sum = (isMeant: (outcome: (typeof outcomes)[number]) => boolean) =>
    outcomes.reduce((total, one) => (isMeant(one) ? total + vm.outcomes[one] : total), 0);
  const findings = sum(isFinding);
  return html`<tr${findings > 0 ? html` class="hit"` : null}><th scope="row">${vm.vm}</th>
<td>${vm.arm}</td><td class="n">${count(sum(isExposure))}</td><td class="n">${count(findings)}</td>
<td class="n">${count(vm.outcomes['migration-failed'])}</td>
<td class="n">${count(vm.outcomes.indeterminate + vm.outcomes['rig-fault'])}</td>
<td class="n">${milliseconds(vm.blackoutMsMean)}</td><td class="n">${milliseconds(vm.blackoutMsMax)}</td></tr>`;
}

const curl = `curl -sS -X POST "$GAUNTLET_URL/api/v1/campaigns" \\
  -H "Authorization: Bearer $GAUNTLET_KEY" -H 'Content-Type: application/json' \\
  --data-binary @campaign.json`;

const powershell = `Invoke-RestMethod -Method Post -Uri "$env:GAUNTLET_URL/api/v1/campaigns" \`
  -Headers @{ Authorization = "Bearer $env:GAUNTLET_KEY" } -ContentType 'application/json' \`
  -Body ([IO.File]::ReadAllBytes("$PWD\\campaign.json"))`;

export function startAgain({ restart }: ReportView): Markup {
  return html`<h2>Start the same campaign again</h2>
<p>Save this body as <code>campaign.json</code>, set <code>GAUNTLET_URL</code> and, where keys are in use,
<code>GAUNTLET_KEY</code>. The same seed draws the same arms and places.</p>
<pre>${JSON.stringify(restart, null, 1)}</pre>
<h3>cURL</h3><pre>${curl}</pre>
<h3>Windows PowerShell</h3><pre>${powershell}</pre>`;
}
