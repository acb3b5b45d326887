import type { SeriesView } from '@gauntlet/shared/contracts/analysis';
import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import { useResource } from '../../api/use-resource.ts';
import { BandStrip } from '../../charts/band-strip.tsx';
import { Ruler } from '../../charts/ruler.tsx';
import { formatCount, formatFigure } from '../../format/numbers.ts';
import { verdictWord } from '../../format/verdicts.ts';
import { campaignWord } from '../../format/words.ts';
import { Link } from '../../router/link.tsx';
import { ArmsTable } from '../../ui/arms-table.tsx';
import { Callout, Mark, StateWord } from '../../ui/mark.tsx';
import { Eta } from '../../ui/time-stamp.tsx';
import { totalsOf } from '../campaign/totals.ts';

/** One campaign, as it stands. */
export function CampaignCard({
  campaign,
  clusterName,
}: {
  readonly campaign: CampaignView;
  readonly clusterName: string;
}) {
  const series = useResource<SeriesView>(`/campaigns/${campaign.id}/series`, 10_000);
  const { exposures, bugchecks } = totalsOf(campaign);
  const { progress, config } = campaign;
  return (
    <article className="panel card" aria-label={`Campaign ${campaign.name}`}>
      <header>
        <h2>
          <Link to={`/campaigns/${campaign.id}`}>{campaign.name}</Link>
        </h2>
        <div className="row">
          <span className="quiet">{clusterName}</span>
          <StateWord word={campaignWord(campaign.state)} />
          <VerdictBadge campaign={campaign} />
        </div>
      </header>
      <div className="panel-body stack">
        {campaign.blockedBecause === null ? null : (
          <Callout tone="warn">
            <strong>Nothing starts:</strong> {campaign.blockedBecause}
          </Callout>
        )}
        <div className="card-readings">
          <dl className="readings big">
            <div>
              <dt>Exposures</dt>
              <dd>{formatCount(exposures)}</dd>
            </div>
            <div>
              <dt>Bugchecks</dt>
              <dd className={bugchecks > 0 ? 'tone-bad' : ''}>{formatCount(bugchecks)}</dd>
            </div>
            <div>
              <dt>In flight</dt>
              <dd>{formatCount(progress.inFlight)}</dd>
            </div>
            <div>
              <dt>Per hour</dt>
              <dd>{formatFigure(progress.perHour)}</dd>
            </div>
            <div>
              <dt>Done by</dt>
              <dd>
                <Eta at={progress.etaAt} />
              </dd>
            </div>
          </dl>
          <BandStrip
            points={series.data?.arms[0]?.points ?? []}
            total={series.data?.arms[0]?.points.at(-1)?.exposures ?? 0}
          />
        </div>
        <Ruler
          label={`Attempts settled of ${campaign.name}`}
          value={progress.attemptsSettled}
          max={config.stop.attemptsMax}
          marks={series.data?.bugchecks.map((bugcheck) => bugcheck.exposures) ?? []}
        />
        <ArmsTable arms={campaign.arms} caption={`Arms of ${campaign.name}`} />
        {campaign.verdict === null ? null : <p>{campaign.verdict.sentence}</p>}
      </div>
    </article>
  );
}

export function VerdictBadge({ campaign }: { readonly campaign: CampaignView }) {
  if (campaign.verdict === null) return null;
  const word = verdictWord(campaign.verdict.state);
  return (
    <span className={`badge tone-${word.tone}`}>
      <Mark shape={word.shape} />
      {word.text}
    </span>
  );
}
