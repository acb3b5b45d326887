import type { ComparisonView, SerialPlanView } from '@gauntlet/shared/contracts/analysis';
import type { BucketView, BugcheckView } from '@gauntlet/shared/contracts/bugchecks';
import type { ArmView, CampaignView, NewCampaign } from '@gauntlet/shared/contracts/campaigns';
import type { ClusterView } from '@gauntlet/shared/contracts/clusters';
import type { ApiClient } from '../api-client.ts';
import { createProgressLine } from './progress-line.ts';
import { findOrStartService } from './service.ts';

// The story of KB2636573, told on the simulated cluster: reproduce the bugcheck, install the hotfix,
// run the same VMs again, and say what that shows and what it does not.

const vms = ['sql-4', 'sql-8'];
const hotfix = 'KB2636573';
const bugchecksWanted = 5;
const baselineMax = 20_000;
const armName = { before: 'baseline', after: 'hotfix' };
const pollMs = 250;
/** A safety net for the two campaigns together; the demo is meant to take less than two minutes. */
const demoMsMax = 10 * 60_000;

interface List<Item> {
  readonly items: readonly Item[];
}

const out = process.stdout;
function say(line = ''): void {
  out.write(`${line}\n`);
}

async function main(): Promise<void> {
  await using service = await findOrStartService();
  const { api } = service;
  say(`Gauntlet at ${api.url}${service.isOurs ? ' (started for this demo)' : ''}`);
  const cluster = await findDemoCluster(api);

  say(`\n1. Live migrations of ${vms.join(' and ')} on hosts without the hotfix, until the`);
  say(`   bugcheck was seen ${bugchecksWanted} times:`);
  await setHotfix(api, cluster, []);
  const before = await runCampaign(api, {
    ...sharedConfig(cluster, armName.before),
    name: 'demo: before the hotfix',
    stop: { bugchecksMin: bugchecksWanted, attemptsMax: baselineMax },
  });
  await showBuckets(api, before);

  const baseline = onlyArm(before);
  if (baseline.bugchecks === 0) return say('Nothing was reproduced; nothing can be compared.');
  const plan = await registerPlan(api, before);
  const cleanNeeded = Number(plan.stages[0]?.migrations);
  const clean = cleanNeeded.toLocaleString('en');
  say(`\n2. ${hotfix} on every host, the same VMs. ${clean} clean migrations in a row will`);
  say('   show at the 5 % level that the rate is lower; that number is registered now, before the');
  say('   start, because a number chosen afterwards would prove nothing:');
  await setHotfix(api, cluster, [hotfix]);
  const after = await runCampaign(api, {
    ...sharedConfig(cluster, armName.after),
    name: 'demo: after the hotfix',
    stop: { attemptsMax: cleanNeeded },
  });
  await showBuckets(api, after);

  say('\n3. What that shows:');
  for (const arm of [baseline, onlyArm(after)]) showRate(arm);
  const comparison = await compare(api, { before, after, plan });
  say(`\n   ${comparison.sentence}`);
  say(`\nLook further (the service ${service.isOurs ? 'stops now; npm start' : 'runs on'}):`);
  say(`   ${api.url}/                          the dashboard`);
  say(`   ${api.url}/api/v1/campaigns/${before.id}`);
  say(`   ${api.url}/api/v1/bugchecks?campaignId=${before.id}`);
  say(`   ${api.url}/docs                      every route`);
}

async function findDemoCluster(api: ApiClient): Promise<ClusterView> {
  const { items } = await api.get<List<ClusterView>>('/clusters?limit=500');
  const cluster = items.find(({ name }) => name === 'demo');
  return cluster ?? api.post('/clusters', { name: 'demo', driver: 'simulated', options: {} });
}

function setHotfix(
  api: ApiClient,
  { id, options }: ClusterView,
  hotfixes: readonly string[],
): Promise<ClusterView> {
  return api.patch(`/clusters/${id}`, { options: { ...options, hotfixes } });
}

function sharedConfig({ id }: ClusterView, arm: string): Omit<NewCampaign, 'name' | 'stop'> {
  return {
    clusterId: id,
    arms: [{ name: arm, vms: { names: vms } }],
    placement: { policy: 'random' },
    limits: { concurrency: 2 },
    seed: 2011,
  };
}

async function runCampaign(api: ApiClient, campaign: NewCampaign): Promise<CampaignView> {
  const { id } = await api.post<CampaignView>('/campaigns', campaign);
  const progress = createProgressLine(out);
  const deadlineMs = performance.now() + demoMsMax;
  try {
    while (performance.now() < deadlineMs) {
      const view = await api.get<CampaignView>(`/campaigns/${id}`);
      progress.show(view);
      if (['finished', 'stopped', 'failed'].includes(view.state)) return view;
      if (view.state === 'paused') throw new Error(`paused: ${view.blockedBecause ?? 'no reason'}`);
      await new Promise((resolve) => setTimeout(resolve, pollMs));
    }
    await api.post(`/campaigns/${id}/stop`);
    throw new Error(`not finished within ${demoMsMax / 60_000} minutes; the campaign was stopped`);
  } finally {
    progress.end();
  }
}

async function showBuckets(api: ApiClient, { id }: CampaignView): Promise<void> {
  const { items } = await api.get<List<BugcheckView>>(`/bugchecks?campaignId=${id}&limit=500`);
  if (items.length === 0) return say('   no bugchecks');
  const counts = new Map<string, number>();
  for (const { bucketId } of items) counts.set(bucketId, (counts.get(bucketId) ?? 0) + 1);
  for (const [bucketId, count] of counts) {
    const bucket = await api.get<BucketView>(`/buckets/${bucketId}`);
    say(`   ${count} x ${bucket.title}`);
    if (bucket.knownIssue !== null) say(`       known issue: ${bucket.knownIssue}`);
  }
}

function onlyArm({ arms }: CampaignView): ArmView {
  const [arm] = arms;
  if (arm === undefined) throw new Error('a campaign without arms');
  return arm;
}

function showRate({ name, exposures, bugchecks, rate }: ArmView): void {
  const counted = `${bugchecks} in ${exposures.toLocaleString('en')}`;
  const { lower, upper } = rate.exact;
  const low = lower === 0 ? '0' : `1 in ${oneIn(lower)}`;
  say(
    `   ${name.padEnd(9)} ${counted.padStart(13)}   rate between ${low} and 1 in ${oneIn(upper)}`,
  );
}

function oneIn(rate: number): string {
  return Math.round(1 / rate).toLocaleString('en');
}

/** How many clean migrations are to convince us, fixed before the first of them. */
function registerPlan(api: ApiClient, { id }: CampaignView): Promise<SerialPlanView> {
  const baseline = { campaignId: id, arm: armName.before };
  return api.post('/serial-plans', { baseline, alpha: 0.05, rateRatioMax: 1 });
}

function compare(
  api: ApiClient,
  { before, after, plan }: { before: CampaignView; after: CampaignView; plan: SerialPlanView },
): Promise<ComparisonView> {
  return api.post('/comparisons', {
    baseline: { campaignId: before.id, arm: armName.before },
    candidate: { campaignId: after.id, arm: armName.after },
    alpha: 0.05,
    serialPlanId: plan.id,
  });
}

try {
  await main();
} catch (error) {
  process.stderr.write(`\ndemo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
