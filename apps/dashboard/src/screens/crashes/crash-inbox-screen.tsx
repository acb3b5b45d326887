import type { BucketView } from '@gauntlet/shared/contracts/bugchecks';
import type { List } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { bucketStatusNames, bucketWord } from '../../format/crash-words.ts';
import { formatCount, formatRate, formatRateInterval, plural } from '../../format/numbers.ts';
import { Link } from '../../router/link.tsx';
import { useQuery } from '../../router/location.ts';
import { SelectField } from '../../ui/field.tsx';
import { Empty, Loadable } from '../../ui/loadable.tsx';
import { StateWord } from '../../ui/mark.tsx';
import { Panel, ScreenHead } from '../../ui/panel.tsx';
import { ScrollTable } from '../../ui/scroll-table.tsx';
import { TableHead } from '../../ui/table-head.tsx';
import { Ago } from '../../ui/time-stamp.tsx';

/** All bugchecks with one signature are one line here. */
export function CrashInboxScreen() {
  const buckets = useResource<List<BucketView>>('/buckets?limit=500', 3_000);
  const [query, change] = useQuery();
  const status = query.get('status') ?? '';
  const order = query.get('order') ?? 'last';
  return (
    <>
      <ScreenHead
        title="Crash inbox"
        lead="Each line is one signature: a STOP code and the place it came from."
      />
      <div className="stack">
        <div className="filter">
          <SelectField
            label="Status"
            value={status}
            options={[
              ['', 'any'],
              ...bucketStatusNames.map((name): [string, string] => [name, bucketWord(name).text]),
            ]}
            onChange={(value) => change({ status: value })}
          />
          <SelectField
            label="Order"
            value={order}
            options={[
              ['last', 'seen last'],
              ['count', 'most bugchecks'],
              ['first', 'seen first'],
            ]}
            onChange={(value) => change({ order: value === 'last' ? null : value })}
          />
        </div>
        <Loadable of={buckets} what="the crashes">
          {({ items }) => (
            <BucketTable
              buckets={sort(
                items.filter((bucket) => status === '' || bucket.status === status),
                order,
              )}
              total={items.length}
            />
          )}
        </Loadable>
      </div>
    </>
  );
}

function sort(buckets: readonly BucketView[], order: string): readonly BucketView[] {
  return buckets.toSorted((a, b) => {
    if (order === 'count') return b.bugchecks - a.bugchecks;
    return order === 'first' ? (a.firstAt < b.firstAt ? -1 : 1) : a.lastAt < b.lastAt ? 1 : -1;
  });
}

function BucketTable({
  buckets,
  total,
}: {
  readonly buckets: readonly BucketView[];
  readonly total: number;
}) {
  return (
    <Panel title="Signatures" note={`${plural(buckets.length, 'signature')} of ${total}`} flush>
      {buckets.length === 0 ? (
        <Empty title={total === 0 ? 'No crash so far' : 'None with this status'}>
          <p>
            {total === 0
              ? 'Every bugcheck of a guest or a host will appear here within a second of its attempt.'
              : 'Choose another status to see the others.'}
          </p>
        </Empty>
      ) : (
        <ScrollTable label="Crash signatures">
          <TableHead
            columns={[
              'Signature',
              'Status',
              { name: 'Bugchecks', numeric: true },
              'Rate where it was seen',
              'Known issue',
              'First',
              'Last',
            ]}
          />
          <tbody data-rows>
            {buckets.map((bucket) => (
              <BucketRow key={bucket.id} bucket={bucket} />
            ))}
          </tbody>
        </ScrollTable>
      )}
    </Panel>
  );
}

function BucketRow({ bucket }: { readonly bucket: BucketView }) {
  return (
    <tr>
      <th scope="row" data-row className="signature">
        <Link to={`/crashes/${bucket.id}`}>{bucket.title}</Link>
        {bucket.note === null ? null : <span className="quiet small under"> {bucket.note}</span>}
      </th>
      <td>
        <StateWord word={bucketWord(bucket.status)} />
      </td>
      <td className="num">{formatCount(bucket.bugchecks)}</td>
      <td>
        <span className="number">{formatRate(bucket.rate.estimate)}</span>
        <span className="quiet small nowrap under">{formatRateInterval(bucket.rate.anytime)}</span>
      </td>
      <td>{bucket.knownIssue ?? <span className="quiet">none matched</span>}</td>
      <td>
        <Ago at={bucket.firstAt} />
      </td>
      <td>
        <Ago at={bucket.lastAt} />
      </td>
    </tr>
  );
}
