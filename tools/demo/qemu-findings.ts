import type { CompareAnswer, FactorsView } from '@gauntlet/shared/contracts/analysis';
import type { AttemptView } from '@gauntlet/shared/contracts/attempts';
import type { BucketView, BugcheckView } from '@gauntlet/shared/contracts/bugchecks';
import type { ArmView, CampaignView } from '@gauntlet/shared/contracts/campaigns';
import type { KnownIssueView } from '@gauntlet/shared/contracts/clusters';
import { isFinding, outcomes } from '@gauntlet/shared/domain/outcome';
import type { ApiClient } from '../api-client.ts';

type Say = (line?: string) => void;
interface List<Item> {
  readonly items: readonly Item[];
}

/** A guest with stale memory dies of anything: every finding counts, whatever its signature. */
export function findingsOf({ outcomes: counts }: ArmView): number {
  return outcomes.filter(isFinding).reduce((sum, outcome) => sum + counts[outcome], 0);
}

/** In the order of the findings: the arm of each was drawn, so that order is the evidence. */
export async function compareArms(api: ApiClient, campaign: CampaignView): Promise<CompareAnswer> {
  const [baseline, candidate] = campaign.arms;
  const order = await findingOrder(api, campaign);
  const count = (side: string, arm: ArmView | undefined) => ({
    bugchecks: order.filter((one) => one === side).length,
    migrations: arm?.exposures ?? 0,
  });
  const [first, second] = campaign.config.arms;
  const share =
    (second?.probability ?? 1) / ((first?.probability ?? 1) + (second?.probability ?? 1));
  return api.post('/analysis/compare', {
    baseline: count('baseline', baseline),
    candidate: count('candidate', candidate),
    design: 'interleaved',
    candidateProbability: share,
    order,
  });
}

async function findingOrder(api: ApiClient, { id, arms }: CampaignView) {
  const lists = await Promise.all(
    outcomes.filter(isFinding).map((outcome) => attemptsOf(api, id, outcome)),
  );
  return lists
    .flat()
    .filter(({ fingerprintMatches }) => fingerprintMatches !== false)
    .toSorted((a, b) => (a.settledAt ?? '').localeCompare(b.settledAt ?? ''))
    .map(({ arm }) => (arm === arms[0]?.name ? ('baseline' as const) : ('candidate' as const)));
}

async function attemptsOf(api: ApiClient, id: string, outcome: string): Promise<AttemptView[]> {
  const query = `/campaigns/${id}/attempts?outcome=${outcome}&limit=500`;
  return [...(await api.get<List<AttemptView>>(query)).items];
}

export async function showExposure(api: ApiClient, clusterId: string, say: Say): Promise<void> {
  const { items } = await api.get<List<KnownIssueView>>(`/clusters/${clusterId}/known-issues`);
  const issue = items.find(({ id }) => id === 'qemu-lost-pages-tcg');
  for (const { name, exposure, because } of issue?.subjects ?? []) {
    say(`   ${name.padEnd(10)} ${exposure.padEnd(15)} ${because}`);
  }
}

export async function showBuckets(api: ApiClient, { id }: CampaignView, say: Say): Promise<void> {
  const { items } = await api.get<List<BugcheckView>>(`/bugchecks?campaignId=${id}&limit=500`);
  const groups = Map.groupBy(items, ({ bucketId }) => bucketId);
  say(`\n   Guests that crashed: ${items.length}, in ${groups.size} buckets`);
  for (const [bucketId, group] of groups) {
    const bucket = await api.get<BucketView>(`/buckets/${bucketId}`);
    say(`   ${String(group.length).padStart(4)} x ${bucket.title.slice(0, 100)}`);
    if (bucket.knownIssue !== null) say(`          known issue: ${bucket.knownIssue}`);
  }
}

export async function showFaults(api: ApiClient, { id }: CampaignView, say: Say): Promise<void> {
  const faulty = await attemptsOf(api, id, 'guest-fault');
  say(`   Guests in which a probe failed: ${faulty.length}`);
  for (const { ordinal, arm, reason } of faulty.slice(0, 3)) {
    say(`     ${arm} #${ordinal}: ${(reason ?? '').slice(0, 110)}`);
  }
}

export function showArms({ arms }: CampaignView, say: Say): void {
  for (const arm of arms) {
    const counted = `${findingsOf(arm)} bad of ${arm.exposures.toLocaleString('en')}`;
    const seen = Object.entries(arm.outcomes).filter(([, count]) => count > 0);
    const named = seen.map(([name, count]) => `${count} ${name}`).join(', ');
    say(`   ${arm.name.padEnd(20)} ${counted.padStart(16)}   ${named}`);
  }
}

export async function showFactors(api: ApiClient, { id }: CampaignView, say: Say): Promise<void> {
  const view = await api.get<FactorsView>(`/campaigns/${id}/factors`);
  say('\n   VM by VM:');
  for (const { vm, bugchecks, exposures } of view.configurations) {
    say(`   ${vm.padEnd(14)} ${`${bugchecks} of ${exposures}`.padStart(12)}`);
  }
  say(`\n   ${view.sentence}`);
  for (const warning of view.warnings) say(`   ${warning}`);
}

export async function verdictOf(api: ApiClient, campaign: CampaignView): Promise<string> {
  const [baseline, candidate] = campaign.arms;
  if (baseline === undefined || candidate === undefined) return 'No arms.';
  if (findingsOf(baseline) + findingsOf(candidate) > 0) {
    return (await compareArms(api, campaign)).sentence;
  }
  const counts = { bugchecks: 0, migrations: baseline.exposures };
  const { sentence } = await api.post<{ sentence: string }>('/analysis/rate', counts);
  return `Nothing was found on this machine, and no more is claimed: ${sentence}`;
}
