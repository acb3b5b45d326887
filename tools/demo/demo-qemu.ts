import { execFileSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import type { CompareAnswer } from '@gauntlet/shared/contracts/analysis';
import type { AttemptView } from '@gauntlet/shared/contracts/attempts';
import type { BucketView, BugcheckView } from '@gauntlet/shared/contracts/bugchecks';
import type { ArmView, CampaignView } from '@gauntlet/shared/contracts/campaigns';
import type { ClusterView } from '@gauntlet/shared/contracts/clusters';
import { isFinding, outcomes } from '@gauntlet/shared/domain/outcome';
import type { ApiClient } from '../api-client.ts';
import { createProgressLine } from './progress-line.ts';
import { findOrStartService } from './service.ts';

// The story on a real hypervisor with a defect that nobody planted: QEMU under TCG loses dirty pages
// in live migrations, and a RAM size that is no multiple of 256 KiB is the "hotfix". See docs/qemu.md.

const { values } = parseArgs({
  options: {
    attempts: { type: 'string', default: '2000' },
    alpha: { type: 'string', default: '0.05' },
  },
});
const attemptsMax = Number(values.attempts);
const alpha = Number(values.alpha);
const arms = { baseline: 'RAM 96 MiB', candidate: 'RAM 96 MiB + 8 KiB' };
const clusterName = 'qemu-showcase';
const pollMs = 500;
const readyMsMax = 5 * 60_000;
const demoMsMax = 60 * 60_000;

const say = (line = '') => void process.stdout.write(`${line}\n`);

async function main(): Promise<void> {
  const missing = findMissing();
  if (missing.length > 0) {
    say('This demo moves real guests between real QEMU processes. Missing here:');
    for (const what of missing) say(`  ${what}`);
    say('\nOne command installs it all (Debian, Ubuntu):');
    say('  sudo apt-get update && sudo apt-get install -y --no-install-recommends \\');
    say('    qemu-system-x86 util-linux gcc libc6-dev');
    process.exitCode = 1;
    return;
  }
  await using service = await findOrStartService();
  const { api } = service;
  say(`Gauntlet at ${api.url}${service.isOurs ? ' (started for this demo)' : ''}`);
  say('\n1. A cluster of two slots on this machine, four guests. The first time, the kernel is');
  say('   fetched (27 MiB), the guest is built and booted; afterwards it comes from a cache.');
  const cluster = await findCluster(api);
  await showExposure(api, cluster);

  say(`\n2. Live migrations, the arm drawn anew for each: ${arms.baseline} or ${arms.candidate}.`);
  say(`   Until the verdict, ${attemptsMax} attempts at most. Nothing is planted in these guests.`);
  const campaign = await runCampaign(api, cluster);
  await showBuckets(api, campaign);
  await showFaults(api, campaign);

  say('\n3. What that shows:');
  for (const arm of campaign.arms) showRate(arm);
  say(`\n   ${await verdictOf(api, campaign)}`);
  say(`\n   ${api.url}/api/v1/campaigns/${campaign.id}`);
  await tearDown(api, cluster, service.isOurs);
}

/** What this machine lacks, one line each. A kernel is no part of it: the driver fetches one. */
function findMissing(): string[] {
  const needed = {
    'qemu-system-x86_64': 'the emulator (package qemu-system-x86)',
    setpriv: 'ends QEMU with its worker (package util-linux)',
    gcc: "builds the guest's own init (packages gcc, libc6-dev)",
  };
  return Object.entries(needed)
    .filter(([program]) => !isInstalled(program))
    .map(([program, why]) => `${program}: ${why}`);
}

function isInstalled(program: string): boolean {
  try {
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function findCluster(api: ApiClient): Promise<ClusterView> {
  const guests = [
    { name: 'even', count: 2, ramKiB: 98_304, exposeToLostPages: true, tags: ['even'] },
    { name: 'odd', count: 2, ramKiB: 98_312, tags: ['odd'] },
  ];
  const options = { guests, dumpsMax: 1, controls: 'at-start' };
  const { items } = await api.get<{ items: ClusterView[] }>('/clusters?limit=500');
  const known = items.find(({ name }) => name === clusterName);
  const cluster: ClusterView =
    known ?? (await api.post('/clusters', { name: clusterName, driver: 'qemu', options }));
  const giveUpAtMs = performance.now() + readyMsMax;
  for (;;) {
    try {
      await api.get(`/clusters/${cluster.id}/inventory?refresh=true`);
      return cluster;
    } catch (error) {
      // The worker is still building the guest, or says why it cannot.
      if (performance.now() > giveUpAtMs || !/: 503 |timeout/.test(String(error))) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  }
}

interface IssueView {
  readonly id: string;
  readonly subjects: readonly { kind: string; name: string; exposure: string; because: string }[];
}

async function showExposure(api: ApiClient, { id }: ClusterView): Promise<void> {
  const { items } = await api.get<{ items: IssueView[] }>(`/clusters/${id}/known-issues`);
  const issue = items.find((one) => one.id === 'qemu-lost-pages-tcg');
  for (const { name, exposure, because } of issue?.subjects ?? []) {
    say(`   ${name.padEnd(8)} ${exposure.padEnd(15)} ${because}`);
  }
}

async function runCampaign(api: ApiClient, cluster: ClusterView): Promise<CampaignView> {
  const arm = (name: string, tag: string, ramKiB: string) => ({
    name,
    vms: { tags: [tag] },
    probability: 0.5,
    fingerprint: { settings: { ramKiB, positiveControl: 'seen' } },
  });
  const { id } = await api.post<CampaignView>('/campaigns', {
    name: `lost pages ${new Date().toISOString()}`,
    clusterId: cluster.id,
    arms: [arm(arms.baseline, 'even', '98304'), arm(arms.candidate, 'odd', '98312')],
    limits: { concurrency: 4, outboundPerHost: 4, inboundPerHost: 4 },
    settleMs: 250,
    attemptTimeoutMs: 60_000,
    stop: { attemptsMax },
    guards: { unhealthyVmsMax: 4, migrationFailedShareMax: 0.5 },
    seed: 2024,
  });
  const progress = createProgressLine(process.stdout);
  const giveUpAtMs = performance.now() + demoMsMax;
  try {
    for (;;) {
      const view = await api.get<CampaignView>(`/campaigns/${id}`);
      progress.show(view);
      if (['finished', 'stopped', 'failed'].includes(view.state)) return view;
      if (view.state === 'paused') throw new Error(`paused: ${view.blockedBecause ?? ''}`);
      const isOver = performance.now() > giveUpAtMs || (await isDecided(api, view));
      if (isOver && view.state === 'running') await api.post(`/campaigns/${id}/stop`);
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
  } finally {
    progress.end();
  }
}

/** Looked at after every finding: the evidence of an interleaved campaign holds at every look. */
async function isDecided(api: ApiClient, campaign: CampaignView): Promise<boolean> {
  const [baseline] = campaign.arms;
  if (baseline === undefined || findingsOf(baseline) < 5) return false;
  const { state } = await compare(api, campaign);
  return state.startsWith('confirmed') || state === 'refuted' || state === 'futile';
}

/** A guest with stale memory dies of anything: every finding counts, whatever its signature. */
function findingsOf({ outcomes: counts }: ArmView): number {
  return outcomes.filter(isFinding).reduce((sum, outcome) => sum + counts[outcome], 0);
}

/** In the order of the findings: the arm of each was drawn, so that order is the evidence. */
async function compare(api: ApiClient, campaign: CampaignView): Promise<CompareAnswer> {
  const [baseline, candidate] = campaign.arms;
  const order = await findingOrder(api, campaign);
  const countsOf = (side: (typeof order)[number], arm: ArmView | undefined) => ({
    bugchecks: order.filter((one) => one === side).length,
    migrations: arm?.exposures ?? 0,
  });
  return api.post('/analysis/compare', {
    baseline: countsOf('baseline', baseline),
    candidate: countsOf('candidate', candidate),
    alpha,
    design: 'interleaved',
    order,
  });
}

async function findingOrder(api: ApiClient, { id }: CampaignView) {
  const lists = await Promise.all(
    outcomes
      .filter((outcome) => isFinding(outcome))
      .map((outcome) =>
        api.get<{ items: AttemptView[] }>(`/campaigns/${id}/attempts?outcome=${outcome}&limit=500`),
      ),
  );
  return lists
    .flatMap(({ items }) => items)
    .filter(({ fingerprintMatches }) => fingerprintMatches !== false)
    .toSorted((a, b) => (a.settledAt ?? '').localeCompare(b.settledAt ?? ''))
    .map(({ arm }) => (arm === arms.baseline ? ('baseline' as const) : ('candidate' as const)));
}

async function verdictOf(api: ApiClient, campaign: CampaignView): Promise<string> {
  const [baseline, candidate] = campaign.arms;
  if (baseline === undefined || candidate === undefined) return 'No arms.';
  if (findingsOf(baseline) + findingsOf(candidate) > 0)
    return (await compare(api, campaign)).sentence;
  const migrations = baseline.exposures;
  const { sentence } = await api.post<{ sentence: string }>('/analysis/rate', {
    bugchecks: 0,
    migrations,
  });
  return `This QEMU lost nothing in ${migrations} migrations of exposed guests. ${sentence}`;
}

async function showBuckets(api: ApiClient, { id }: CampaignView): Promise<void> {
  const { items } = await api.get<{ items: BugcheckView[] }>(
    `/bugchecks?campaignId=${id}&limit=500`,
  );
  const counts = Map.groupBy(items, ({ bucketId }) => bucketId);
  say(`\n   Guests that crashed: ${items.length}, in ${counts.size} buckets`);
  for (const [bucketId, group] of counts) {
    const bucket = await api.get<BucketView>(`/buckets/${bucketId}`);
    say(`   ${String(group.length).padStart(4)} x ${bucket.title.slice(0, 100)}`);
    if (bucket.knownIssue !== null) say(`          known issue: ${bucket.knownIssue}`);
  }
}

async function showFaults(api: ApiClient, { id }: CampaignView): Promise<void> {
  const { items } = await api.get<{ items: AttemptView[] }>(
    `/campaigns/${id}/attempts?outcome=guest-fault&limit=500`,
  );
  say(`\n   Guests whose page checker found lost updates: ${items.length}`);
  for (const { ordinal, arm, reason } of items.slice(0, 3)) {
    say(`     ${arm} #${ordinal}: ${(reason ?? '').slice(0, 110)}`);
  }
}

function showRate(arm: ArmView): void {
  const counted = `${findingsOf(arm)} bad of ${arm.exposures.toLocaleString('en')}`;
  const parts = Object.entries(arm.outcomes).filter(
    ([name, count]) => count > 0 && name !== 'clean',
  );
  const named = parts.map(([name, count]) => `${count} ${name}`).join(', ');
  say(`   ${arm.name.padEnd(20)} ${counted.padStart(16)}   ${named}`);
}

/** The guests take memory; the record of the campaign stays. */
async function tearDown(api: ApiClient, { id }: ClusterView, isOurs: boolean): Promise<void> {
  if (isOurs) return;
  say(`\n   The guests go on running; DELETE ${api.url}/api/v1/clusters/${id} ends them.`);
}

try {
  await main();
} catch (error) {
  process.stderr.write(`\ndemo:qemu: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
