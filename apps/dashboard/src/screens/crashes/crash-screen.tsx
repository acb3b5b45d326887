import type { BucketView, BugcheckView } from '@gauntlet/shared/contracts/bugchecks';
import type { List } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { bucketWord, phaseWord } from '../../format/crash-words.ts';
import { formatCount, formatRate, formatRateInterval, plural } from '../../format/numbers.ts';
import { Link } from '../../router/link.tsx';
import { useQuery } from '../../router/location.ts';
import { toUrl } from '../../router/route.ts';
import { Empty, Loadable } from '../../ui/loadable.tsx';
import { StateWord } from '../../ui/mark.tsx';
import { Panel, Reading, ScreenHead } from '../../ui/panel.tsx';
import { ScrollTable } from '../../ui/scroll-table.tsx';
import { TableHead } from '../../ui/table-head.tsx';
import { Ago, TimeStamp } from '../../ui/time-stamp.tsx';
import { BucketForm } from './bucket-form.tsx';
import { BugcheckDetail } from './bugcheck-detail.tsx';

/** One signature: what it is, on how many migrations, where; and one of its bugchecks in full. */
export function CrashScreen({ bucketId }: { readonly bucketId: string }) {
  const bucket = useResource<BucketView>(`/buckets/${bucketId}`, 3_000);
  const bugchecks = useResource<List<BugcheckView>>(
    `/bugchecks?bucketId=${bucketId}&limit=100`,
    5_000,
  );
  const [query] = useQuery();
  const items = bugchecks.data?.items ?? [];
  const shown = query.get('bugcheck') ?? items[0]?.id ?? null;
  return (
    <Loadable of={bucket} what="the signature">
      {(body) => (
        <>
          <ScreenHead
            title={body.title}
            crumbs={<Link to="/crashes">Crash inbox</Link>}
            lead={<StateWord word={bucketWord(body.status)} />}
          />
          <div className="stack">
            <BucketReadings bucket={body} />
            <div className="split">
              <div className="stack">
                {shown === null ? null : <ShownBugcheck key={shown} id={shown} />}
                <Loadable of={bugchecks} what="its bugchecks">
                  {(list) => <BugcheckTable bugchecks={list.items} shown={shown} />}
                </Loadable>
              </div>
              <div className="stack">
                <BucketForm key={`${body.status}${body.note}`} bucket={body} />
                <SeenIn bucket={body} />
              </div>
            </div>
          </div>
        </>
      )}
    </Loadable>
  );
}

function BucketReadings({ bucket }: { readonly bucket: BucketView }) {
  return (
    <dl className="readings">
      <Reading label="Bugchecks">{formatCount(bucket.bugchecks)}</Reading>
      <Reading
        label="Rate where it was seen"
        note={`${formatRateInterval(bucket.rate.anytime)}, of ${formatCount(bucket.rate.exposures)}`}
      >
        {formatRate(bucket.rate.estimate)}
      </Reading>
      <Reading label="Known issue">{bucket.knownIssue ?? 'none matched'}</Reading>
      <Reading label="First seen">
        <Ago at={bucket.firstAt} />
      </Reading>
      <Reading label="Last seen">
        <Ago at={bucket.lastAt} />
      </Reading>
    </dl>
  );
}

function ShownBugcheck({ id }: { readonly id: string }) {
  const bugcheck = useResource<BugcheckView>(`/bugchecks/${id}`, 30_000);
  return (
    <Loadable of={bugcheck} what="the bugcheck">
      {(body) => <BugcheckDetail bugcheck={body} />}
    </Loadable>
  );
}

function BugcheckTable({
  bugchecks,
  shown,
}: {
  readonly bugchecks: readonly BugcheckView[];
  readonly shown: string | null;
}) {
  return (
    <Panel title="Bugchecks with this signature" note="the newest hundred" flush>
      {bugchecks.length === 0 ? (
        <Empty title="None is stored">
          <p>The signature exists, its bugchecks are gone.</p>
        </Empty>
      ) : (
        <ScrollTable label="Bugchecks with this signature">
          <TableHead
            columns={[
              'When',
              'VM',
              'Host',
              'Moment',
              { name: 'ms after switch-over', numeric: true },
              'Attempt',
            ]}
          />
          <tbody data-rows>
            {bugchecks.map((bugcheck) => (
              <tr key={bugcheck.id} data-current={bugcheck.id === shown}>
                <th scope="row" data-row>
                  <Link
                    to={toUrl(`/crashes/${bugcheck.bucketId}`, { bugcheck: bugcheck.id })}
                    current={bugcheck.id === shown}
                  >
                    <TimeStamp at={bugcheck.occurredAt} />
                  </Link>
                </th>
                <td className="name" title={bugcheck.vm}>
                  {bugcheck.vm}
                </td>
                <td className="name">{bugcheck.host ?? 'unknown'}</td>
                <td className="nowrap">{phaseWord(bugcheck.phase)}</td>
                <td className="num">{formatCount(bugcheck.msSinceSwitchover)}</td>
                <td>
                  <Link to={`/attempts/${bugcheck.attemptId}`}>attempt</Link>
                </td>
              </tr>
            ))}
          </tbody>
        </ScrollTable>
      )}
    </Panel>
  );
}

function SeenIn({ bucket }: { readonly bucket: BucketView }) {
  if (bucket.seenIn === undefined) return null;
  return (
    <Panel title="Seen in">
      <ul className="plain">
        {bucket.seenIn.campaigns.map((campaign) => (
          <li key={campaign.id + campaign.arm} className="pair">
            <Link to={`/campaigns/${campaign.id}`}>
              {campaign.name}, {campaign.arm}
            </Link>
            <span className="number">{formatCount(campaign.bugchecks)}</span>
          </li>
        ))}
      </ul>
      <p className="quiet small">
        {bucket.seenIn.vms.map((vm) => `${vm.name} (${vm.bugchecks})`).join(', ')}
        {bucket.seenIn.vms.length === 0 ? null : `: ${plural(bucket.seenIn.vms.length, 'VM')}`}
      </p>
    </Panel>
  );
}
