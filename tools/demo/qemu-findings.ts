import type { FactorsView } from '@gauntlet/shared/contracts/analysis';
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
function findingsOf({ outcomes: counts }: ArmView): number {
  return outcomes.filter(isFinding).reduce((sum, outcome) => sum + counts[outcome], 0);
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

/** What was shown before the first attempt: that a crash would be noticed. */
export function showControls({ controls }: CampaignView, say: Say): void {
  if (controls == null) return;
  const { vm, positive, negative, problems } = controls;
  say(`   Controls on ${vm}: left alone it was ${negative}; a panic and a hang were ${positive}.`);
  for (const problem of problems) say(`   ${problem}`);
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

/** The verdict the campaign was stopped by, or what it has shown without one. */
export function conclusionOf({ arms, verdict }: CampaignView): string {
  const sentence = verdict?.sentence ?? 'Nothing can be concluded.';
  const found = arms.reduce((sum, arm) => sum + findingsOf(arm), 0);
  return found > 0
    ? sentence
    : `Nothing was found on this machine, and no more is claimed: ${sentence}`;
}
