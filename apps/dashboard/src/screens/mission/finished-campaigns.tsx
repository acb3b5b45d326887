import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import { formatCount, formatRate } from '../../format/numbers.ts';
import { campaignWord } from '../../format/words.ts';
import { Link } from '../../router/link.tsx';
import { StateWord } from '../../ui/mark.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ScrollTable } from '../../ui/scroll-table.tsx';
import { TableHead } from '../../ui/table-head.tsx';
import { TimeStamp } from '../../ui/time-stamp.tsx';
import { totalsOf } from '../campaign/totals.ts';
import { VerdictBadge } from './campaign-card.tsx';

export function FinishedCampaigns({
  campaigns,
  nameOf,
}: {
  readonly campaigns: readonly CampaignView[];
  readonly nameOf: (clusterId: string) => string;
}) {
  return (
    <Panel title="Over" flush>
      <ScrollTable label="Campaigns that are over">
        <TableHead
          columns={[
            'Campaign',
            'State',
            { name: 'Bugchecks', numeric: true },
            { name: 'Exposures', numeric: true },
            'Rate',
            'Verdict',
            'Ended',
          ]}
        />
        <tbody data-rows>
          {campaigns.map((campaign) => (
            <FinishedRow
              key={campaign.id}
              campaign={campaign}
              cluster={nameOf(campaign.config.clusterId)}
            />
          ))}
        </tbody>
      </ScrollTable>
    </Panel>
  );
}

function FinishedRow({
  campaign,
  cluster,
}: {
  readonly campaign: CampaignView;
  readonly cluster: string;
}) {
  const { exposures, bugchecks } = totalsOf(campaign);
  return (
    <tr>
      <th scope="row" data-row className="over-name">
        <Link to={`/campaigns/${campaign.id}`}>{campaign.name}</Link>{' '}
        <span className="quiet small">{cluster}</span>
      </th>
      <td>
        <StateWord word={campaignWord(campaign.state)} />
      </td>
      <td className="num">{formatCount(bugchecks)}</td>
      <td className="num">{formatCount(exposures)}</td>
      <td className="number">{formatRate(exposures === 0 ? null : bugchecks / exposures)}</td>
      <td>
        <VerdictBadge campaign={campaign} />
      </td>
      <td>
        <TimeStamp at={campaign.endedAt} />
      </td>
    </tr>
  );
}
