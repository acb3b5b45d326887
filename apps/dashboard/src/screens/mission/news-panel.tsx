import type { BucketView } from '@gauntlet/shared/contracts/bugchecks';
import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import type { Snapshot } from '../../api/resources.ts';
import type { List } from '../../api/types.ts';
import { plural } from '../../format/numbers.ts';
import { campaignWord } from '../../format/words.ts';
import { Link } from '../../router/link.tsx';
import { Loadable } from '../../ui/loadable.tsx';
import { Mark } from '../../ui/mark.tsx';
import { Panel } from '../../ui/panel.tsx';
import { Ago, TimeStamp } from '../../ui/time-stamp.tsx';
import { lastVisitAt } from './last-visit.ts';

const shownMax = 8;

interface News {
  readonly id: string;
  readonly at: string;
  readonly to: string;
  readonly text: string;
  readonly detail: string;
  readonly bad: boolean;
}

/** What happened, newest first; what came since the last visit is marked. */
export function NewsPanel({
  buckets,
  campaigns,
}: {
  readonly buckets: Snapshot<List<BucketView>>;
  readonly campaigns: readonly CampaignView[];
}) {
  return (
    <Panel
      title="What happened"
      note={
        lastVisitAt === null ? undefined : (
          <>
            last visit <TimeStamp at={lastVisitAt} />
          </>
        )
      }
    >
      <Loadable of={buckets} what="the crashes">
        {({ items }) => <NewsList news={toNews(items, campaigns)} />}
      </Loadable>
    </Panel>
  );
}

function NewsList({ news }: { readonly news: readonly News[] }) {
  if (news.length === 0) return <p className="quiet">Nothing yet: no crash, no campaign over.</p>;
  return (
    <ol className="news">
      {news.slice(0, shownMax).map((item) => (
        <li key={item.id} className={item.bad ? 'tone-bad' : 'tone-mute'}>
          <Mark shape={item.bad ? 'diamond' : 'ring'} />
          <div>
            <Link to={item.to}>{item.text}</Link>
            <p className="small quiet">
              {lastVisitAt !== null && item.at > lastVisitAt ? <strong>new · </strong> : null}
              {item.detail} · <Ago at={item.at} />
            </p>
          </div>
        </li>
      ))}
    </ol>
  );
}

function toNews(buckets: readonly BucketView[], campaigns: readonly CampaignView[]): News[] {
  const crashes = buckets.map((bucket) => ({
    id: bucket.id,
    at: bucket.lastAt,
    to: `/crashes/${bucket.id}`,
    text: bucket.title,
    detail: `${plural(bucket.bugchecks, 'bugcheck')}, ${bucket.knownIssue ?? 'no known issue'}`,
    bad: true,
  }));
  const ends = campaigns.flatMap((campaign) =>
    campaign.endedAt === null
      ? []
      : [
          {
            id: campaign.id,
            at: campaign.endedAt,
            to: `/campaigns/${campaign.id}`,
            text: campaign.name,
            detail: campaignWord(campaign.state).text,
            bad: campaign.state === 'failed',
          },
        ],
  );
  return [...crashes, ...ends].sort((a, b) => (a.at < b.at ? 1 : -1));
}
