import type { CampaignEtaView, SeriesView } from '@gauntlet/shared/contracts/analysis';
import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import type { ClusterView } from '@gauntlet/shared/contracts/clusters';
import type { ReactNode } from 'react';
import { useCampaignEvents } from '../../api/use-campaign-events.ts';
import { useResource } from '../../api/use-resource.ts';
import { OutcomeList } from '../../charts/outcome-bar.tsx';
import { campaignWord, isActive } from '../../format/words.ts';
import { Link } from '../../router/link.tsx';
import { ArmsTable } from '../../ui/arms-table.tsx';
import { Loadable } from '../../ui/loadable.tsx';
import { Callout, StateWord } from '../../ui/mark.tsx';
import { Panel, ScreenHead } from '../../ui/panel.tsx';
import { VerdictBadge } from '../mission/campaign-card.tsx';
import { CampaignActions } from './campaign-actions.tsx';
import { CampaignCharts } from './campaign-charts.tsx';
import { CampaignConfigPanel } from './campaign-config.tsx';
import { CampaignReadings } from './campaign-readings.tsx';
import { LiveTicker } from './live-ticker.tsx';
import { VerdictPanel } from './verdict-panel.tsx';

export function CampaignScreen({ id }: { readonly id: string }) {
  const events = useCampaignEvents(id);
  // With the stream connected the poll only proves that the service is there.
  const campaign = useResource<CampaignView>(`/campaigns/${id}`, events.connected ? 2_000 : 1_000);
  return (
    <Loadable of={campaign} what="the campaign">
      {(body) => (
        <>
          <CampaignHead campaign={body} />
          <CampaignBody campaign={body} ticker={<LiveTicker campaign={body} events={events} />} />
        </>
      )}
    </Loadable>
  );
}

function CampaignHead({ campaign }: { readonly campaign: CampaignView }) {
  const cluster = useResource<ClusterView>(`/clusters/${campaign.config.clusterId}`, 10_000);
  return (
    <ScreenHead
      title={campaign.name}
      crumbs={
        <>
          <Link to="/">Mission control</Link> / campaign on {cluster.data?.name ?? '…'}
        </>
      }
      lead={
        <span className="row">
          <StateWord word={campaignWord(campaign.state)} />
          <VerdictBadge campaign={campaign} />
        </span>
      }
    >
      <CampaignActions campaign={campaign} />
    </ScreenHead>
  );
}

function CampaignBody({
  campaign,
  ticker,
}: {
  readonly campaign: CampaignView;
  readonly ticker: ReactNode;
}) {
  const everyMs = isActive(campaign.state) ? 2_000 : 15_000;
  const series = useResource<SeriesView>(`/campaigns/${campaign.id}/series`, everyMs);
  const eta = useResource<CampaignEtaView>(
    isActive(campaign.state) ? `/campaigns/${campaign.id}/plan` : null,
    5_000,
  );
  return (
    <div className="stack">
      {campaign.blockedBecause === null ? null : (
        <Callout tone="warn">
          <strong>Nothing starts:</strong> {campaign.blockedBecause}
        </Callout>
      )}
      <VerdictPanel campaign={campaign} eta={eta.data} />
      <CampaignReadings campaign={campaign} series={series.data} />
      <div className="split">
        <div className="stack">
          <CampaignCharts campaign={campaign} series={series} />
          <Panel title="Arms" flush>
            <ArmsTable arms={campaign.arms} caption="Arms of this campaign" />
          </Panel>
        </div>
        <div className="stack">
          <Panel title="Outcomes" note="bars on a square-root scale">
            <OutcomeList counts={campaign.progress.outcomes} />
          </Panel>
          {ticker}
          <CampaignConfigPanel config={campaign.config} />
        </div>
      </div>
    </div>
  );
}
