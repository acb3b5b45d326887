import type { BucketView } from '@gauntlet/shared/contracts/bugchecks';
import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import type { ClusterView } from '@gauntlet/shared/contracts/clusters';
import type { SystemView } from '@gauntlet/shared/contracts/system';
import type { List } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { plural } from '../../format/numbers.ts';
import { isActive } from '../../format/words.ts';
import { Link } from '../../router/link.tsx';
import { Empty, Loadable } from '../../ui/loadable.tsx';
import { Panel, ScreenHead } from '../../ui/panel.tsx';
import { CampaignCard } from './campaign-card.tsx';
import { ClusterPanel } from './cluster-panel.tsx';
import { FinishedCampaigns } from './finished-campaigns.tsx';
import { NewsPanel } from './news-panel.tsx';

/** Is every cluster safe, did anything crash, are we there yet, is it really running, what changed. */
export function MissionScreen() {
  const campaigns = useResource<List<CampaignView>>('/campaigns?limit=100', 2_000);
  const clusters = useResource<List<ClusterView>>('/clusters?limit=500', 2_000);
  const buckets = useResource<List<BucketView>>('/buckets?limit=100', 5_000);
  const system = useResource<SystemView>('/system', 5_000);
  return (
    <>
      <ScreenHead
        title="Mission control"
        lead={
          <Summary
            campaigns={campaigns.data?.items}
            clusters={clusters.data?.items}
            system={system.data}
          />
        }
      >
        <div className="actions">
          <Link to="/campaigns/new" className="button primary">
            New campaign
          </Link>
        </div>
      </ScreenHead>
      <div className="split mission">
        <div className="stack">
          <Loadable of={campaigns} what="the campaigns">
            {({ items }) => <Campaigns items={items} clusters={clusters.data?.items ?? []} />}
          </Loadable>
        </div>
        <div className="stack">
          <Loadable of={clusters} what="the clusters">
            {({ items }) => <ClusterPanel clusters={items} />}
          </Loadable>
          <NewsPanel buckets={buckets} campaigns={campaigns.data?.items ?? []} />
        </div>
      </div>
    </>
  );
}

function Campaigns({
  items,
  clusters,
}: {
  readonly items: readonly CampaignView[];
  readonly clusters: readonly ClusterView[];
}) {
  const active = items.filter((campaign) => isActive(campaign.state));
  const over = items.filter((campaign) => !isActive(campaign.state));
  const nameOf = (id: string): string =>
    clusters.find((cluster) => cluster.id === id)?.name ?? 'unknown cluster';
  return (
    <>
      {active.map((campaign) => (
        <CampaignCard
          key={campaign.id}
          campaign={campaign}
          clusterName={nameOf(campaign.config.clusterId)}
        />
      ))}
      {active.length === 0 ? (
        <Panel title="Campaigns">
          <Empty title={items.length === 0 ? 'No campaign yet' : 'Nothing is running'}>
            <p>
              A campaign moves VMs between hosts thousands of times and counts on how many of those
              migrations a guest or a host bugchecks. It starts with a plan you can read first.
            </p>
            <Link to="/campaigns/new" className="button primary">
              {items.length === 0 ? 'Plan the first campaign' : 'Plan a campaign'}
            </Link>
          </Empty>
        </Panel>
      ) : null}
      {over.length === 0 ? null : <FinishedCampaigns campaigns={over} nameOf={nameOf} />}
    </>
  );
}

interface SummaryProps {
  readonly campaigns: readonly CampaignView[] | undefined;
  readonly clusters: readonly ClusterView[] | undefined;
  readonly system: SystemView | undefined;
}

/** The five seconds, as one line of words. */
function Summary({ campaigns, clusters, system }: SummaryProps) {
  if (campaigns === undefined || clusters === undefined) return <>Reading …</>;
  const running = campaigns.filter((campaign) => campaign.state === 'running');
  const blocked = campaigns.filter(
    (campaign) => isActive(campaign.state) && campaign.blockedBecause !== null,
  );
  const stopped = clusters.filter((cluster) => cluster.stoppedAt !== null).length;
  const alive = system?.workers.filter((worker) => worker.alive).length;
  return (
    <>
      {plural(running.length, 'campaign')} running
      {blocked.length === 0 ? '' : `, ${blocked.length} blocked`}
      {' · '}
      {stopped === 0
        ? clusters.length === 1
          ? 'the cluster is armed'
          : `all ${clusters.length} clusters armed`
        : `${stopped} of ${plural(clusters.length, 'cluster')} stopped`}
      {alive === undefined ? '' : ` · ${plural(alive, 'worker')} alive`}
      {system === undefined ? '' : ` · ${plural(system.inFlight, 'migration')} in flight`}
    </>
  );
}
