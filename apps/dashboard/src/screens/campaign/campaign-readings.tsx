import type { SeriesView } from '@gauntlet/shared/contracts/analysis';
import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import { Ruler } from '../../charts/ruler.tsx';
import { formatCount, formatFigure, formatRate } from '../../format/numbers.ts';
import { Link } from '../../router/link.tsx';
import { Reading } from '../../ui/panel.tsx';
import { Ago, Eta, TimeStamp } from '../../ui/time-stamp.tsx';
import { totalsOf } from './totals.ts';

export function CampaignReadings({
  campaign,
  series,
}: {
  readonly campaign: CampaignView;
  readonly series: SeriesView | undefined;
}) {
  const { progress, config, lastBugcheck } = campaign;
  const { exposures, bugchecks } = totalsOf(campaign);
  const mismatches = campaign.arms.reduce((sum, arm) => sum + arm.fingerprintMismatches, 0);
  return (
    <div>
      <dl className="readings big">
        <Reading
          label="Exposures"
          note={
            mismatches === 0 ? undefined : `${formatCount(mismatches)} with another fingerprint`
          }
        >
          {formatCount(exposures)}
        </Reading>
        <Reading
          label="Bugchecks"
          note={
            lastBugcheck === null ? undefined : (
              <Link to={`/crashes/${lastBugcheck.bucketId}?bugcheck=${lastBugcheck.id}`}>
                last <Ago at={lastBugcheck.occurredAt} />
              </Link>
            )
          }
        >
          <span className={bugchecks > 0 ? 'tone-bad' : ''}>{formatCount(bugchecks)}</span>
        </Reading>
        <Reading label="Rate, all arms">
          {formatRate(exposures === 0 ? null : bugchecks / exposures)}
        </Reading>
        <Reading label="In flight">{formatCount(progress.inFlight)}</Reading>
        <Reading label="Migrations per hour">{formatFigure(progress.perHour)}</Reading>
        {campaign.endedAt === null ? (
          <Reading label="Done by">
            <Eta at={progress.etaAt} />
          </Reading>
        ) : (
          <Reading label="Ended">
            <TimeStamp at={campaign.endedAt} />
          </Reading>
        )}
      </dl>
      <Ruler
        label="Attempts settled"
        value={progress.attemptsSettled}
        max={config.stop.attemptsMax}
        marks={series?.bugchecks.map((bugcheck) => bugcheck.exposures) ?? []}
      />
    </div>
  );
}
