import type { AttemptView } from '@gauntlet/shared/contracts/attempts';
import { formatStopCode } from '@gauntlet/shared/domain/bugcheck';
import { isFinding, type Outcome, outcomes } from '@gauntlet/shared/domain/outcome';
import { type Instant, toIso } from '@gauntlet/shared/kernel/instant';
import { attemptPages } from '../attempt-pages.ts';
import type { Parts } from '../parts.ts';
import { attemptReader } from '../read-attempts.ts';
import type { CampaignRecord } from '../records.ts';
import { readCampaignView } from '../to-campaign-view.ts';
import type { FoundBugcheck, VmRow } from './ports.ts';
import { escapeXml as xml } from './xml.ts';

const vmRowsMax = 200_000;

/** How an outcome is told to a CI system. */
export function junitKindOf(outcome: Outcome): 'passed' | 'failure' | 'error' | 'skipped' {
  if (outcome === 'clean') return 'passed';
  if (isFinding(outcome)) return 'failure';
  // Our equipment or the cluster failed: nothing is known of the defect, and somebody must look.
  if (outcome === 'rig-fault' || outcome === 'migration-failed') return 'error';
  return 'skipped';
}

/**
 * A campaign as JUnit XML: a suite for each arm; in it one passed case per VM that stands for all of
 * its clean attempts (a million cases would bring every CI system down), and one case for each
 * attempt that was not clean. What settles after `at` is left out, so that the counts in the head
 * are those of the cases.
 */
export async function* junitReport(
  parts: Parts,
  campaign: CampaignRecord,
  at: Instant,
): AsyncGenerator<string> {
  const rows = await parts.stores.reports.readVms(campaign.id, at, vmRowsMax);
  const view = await readCampaignView(parts, campaign, at);
  const seconds = ((campaign.endedAt ?? at) - (campaign.startedAt ?? at)) / 1000;
  yield '<?xml version="1.0" encoding="UTF-8"?>\n';
  yield `<testsuites name="${xml(campaign.name)}" ${countsOf(rows)} time="${seconds.toFixed(3)}">\n`;
  for (const [index, arm] of campaign.config.arms.entries()) {
    const own = rows.filter((row) => row.arm === index);
    const head = `name="${xml(`${campaign.name} / ${arm.name}`)}" id="${index}"`;
    yield `  <testsuite ${head} ${countsOf(own)} timestamp="${isoSeconds(campaign.createdAt)}">\n`;
    yield properties({
      campaignId: campaign.id,
      state: campaign.state,
      verdict: view.verdict?.state ?? 'none',
      sentence: view.verdict?.sentence ?? '',
      seed: String(campaign.config.seed),
    });
    yield* cleanCases(own, arm.name);
    for (const outcome of outcomes) {
      const some = outcome !== 'clean' && own.some((row) => row.outcome === outcome);
      if (some) yield* unCleanCases(parts, campaign, { arm: arm.name, outcome, at });
    }
    yield* rolledUpCases(parts, campaign, { rows: own, arm: index, at });
    yield '  </testsuite>\n';
  }
  yield '</testsuites>\n';
}

/** One case a VM for its clean attempts, one for each other attempt. */
function countsOf(rows: readonly VmRow[]): string {
  const counts = { passed: 0, failure: 0, error: 0, skipped: 0 };
  for (const row of rows) {
    const kind = junitKindOf(row.outcome);
    counts[kind] += kind === 'passed' ? 1 : row.attempts;
  }
  const tests = counts.passed + counts.failure + counts.error + counts.skipped;
  return `tests="${tests}" failures="${counts.failure}" errors="${counts.error}" skipped="${counts.skipped}"`;
}

function properties(values: Readonly<Record<string, string>>): string {
  const lines = Object.entries(values).map(
    ([name, value]) => `      <property name="${name}" value="${xml(value)}"/>\n`,
  );
  return `    <properties>\n${lines.join('')}    </properties>\n`;
}

function* cleanCases(rows: readonly VmRow[], arm: string): Generator<string> {
  for (const row of rows) {
    if (row.outcome !== 'clean') continue;
    const name = `${row.attempts} clean attempts`;
    yield `    <testcase name="${name}" classname="${xml(`${arm}.${row.vm}`)}" time="0"/>\n`;
  }
}

interface Which {
  readonly arm: string;
  readonly outcome: Outcome;
  readonly at: Instant;
}

async function* unCleanCases(
  parts: Parts,
  campaign: CampaignRecord,
  { arm, outcome, at }: Which,
): AsyncGenerator<string> {
  const untilIso = toIso(at);
  for await (const page of attemptPages(attemptReader(parts, campaign), campaign.id, {
    arm,
    outcome,
  })) {
    const attempts = page.filter((one) => one.settledAt !== null && one.settledAt <= untilIso);
    const found = await parts.stores.reports.readBugchecks(attempts.map((one) => one.id));
    const byAttempt = new Map(found.map((one) => [one.attemptId, one]));
    yield attempts.map((attempt) => caseOf(attempt, outcome, byAttempt.get(attempt.id))).join('');
  }
}

function caseOf(attempt: AttemptView, outcome: Outcome, found: FoundBugcheck | undefined): string {
  const { ordinal, vm, source, target, arm } = attempt;
  const name = `#${ordinal} ${vm}: ${source} → ${target}`;
  const head = `name="${xml(name)}" classname="${xml(`${arm}.${vm}`)}" time="${secondsOf(attempt)}"`;
  const message = found?.title ?? attempt.reason ?? outcome;
  const kind = junitKindOf(outcome);
  if (kind === 'skipped') {
    return `    <testcase ${head}><skipped message="${xml(`${outcome}: ${message}`)}"/></testcase>\n`;
  }
  const body = xml(detailOf(attempt, found).join('\n')).replaceAll('&#10;', '\n');
  return `    <testcase ${head}><${kind} type="${outcome}" message="${xml(message)}">${body}</${kind}></testcase>\n`;
}

function detailOf(attempt: AttemptView, found: FoundBugcheck | undefined): string[] {
  const lines = [`attempt ${attempt.id}`, `settled ${attempt.settledAt ?? ''}`];
  if (attempt.reason !== null) lines.push(attempt.reason);
  if (found === undefined) return lines;
  const { facts, knownIssue } = found;
  const code = facts.code === null ? 'no stop code' : formatStopCode(facts.code);
  const where = [facts.module, facts.function].filter((part) => part !== null).join('!');
  return [
    ...lines,
    `${facts.subject} ${code} (${facts.parameters.join(', ')}) ${where}`.trimEnd(),
    `phase ${facts.phase}, ${facts.msSinceSwitchover ?? '?'} ms since switch-over`,
    `known issue: ${knownIssue ?? 'none'}`,
    `bugcheck ${found.id}, bucket ${found.bucketId}`,
  ];
}

/** What retention has rolled up is no row any more: its cases say how many there were. */
async function* rolledUpCases(
  parts: Parts,
  campaign: CampaignRecord,
  { rows, arm, at }: { rows: readonly VmRow[]; arm: number; at: Instant },
): AsyncGenerator<string> {
  const { rolledUp } = await parts.stores.reports.readSpan(campaign.id);
  if (rolledUp === 0) return;
  const listed = await parts.stores.reports.readListedVms(campaign.id, { arm, until: at });
  const key = (row: { vm: string; outcome: Outcome }) => JSON.stringify([row.vm, row.outcome]);
  const kept = new Map(listed.map((row) => [key(row), row.attempts]));
  const armName = campaign.config.arms[arm]?.name ?? '';
  for (const row of rows) {
    if (row.outcome === 'clean') continue;
    const gone = row.attempts - (kept.get(key(row)) ?? 0);
    for (let index = 0; index < gone; index += 1) yield rolledUpCase(row, armName);
  }
}

function rolledUpCase({ vm, outcome }: VmRow, arm: string): string {
  const head = `name="an older attempt: ${outcome}" classname="${xml(`${arm}.${vm}`)}" time="0"`;
  const kind = junitKindOf(outcome);
  const type = kind === 'skipped' ? '' : ` type="${outcome}"`;
  return `    <testcase ${head}><${kind}${type} message="${outcome}: only its tally is kept"/></testcase>\n`;
}

function secondsOf({ startedAt, settledAt, phases }: AttemptView): string {
  if (startedAt === null || settledAt === null) return '0';
  const { copyMs, settleMs, recoveryMs } = phases;
  return (((copyMs ?? 0) + (settleMs ?? 0) + (recoveryMs ?? 0)) / 1000).toFixed(3);
}

/** The JUnit schema's timestamps have no fraction and no zone. */
function isoSeconds(at: Instant): string {
  return toIso(at).slice(0, 19);
}
