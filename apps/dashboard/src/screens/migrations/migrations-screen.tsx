import type { AttemptView } from '@gauntlet/shared/contracts/attempts';
import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import type { List } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { formatCount } from '../../format/numbers.ts';
import { formatDuration } from '../../format/times.ts';
import { outcomeNames, outcomeWord } from '../../format/words.ts';
import { Link } from '../../router/link.tsx';
import { useQuery } from '../../router/location.ts';
import { toUrl } from '../../router/route.ts';
import { DownloadButton } from '../../ui/download-button.tsx';
import { SelectField } from '../../ui/field.tsx';
import { Empty, Loadable } from '../../ui/loadable.tsx';
import { StateWord } from '../../ui/mark.tsx';
import { Panel, ScreenHead } from '../../ui/panel.tsx';
import { CampaignPicker, NoCampaign, usePickedCampaign } from '../../ui/pickers.tsx';
import { ScrollTable } from '../../ui/scroll-table.tsx';
import { TableHead } from '../../ui/table-head.tsx';
import { TimeStamp } from '../../ui/time-stamp.tsx';

const filterNames = ['outcome', 'vm', 'host', 'arm'] as const;

/** Every attempt of a campaign, filtered and paged by the service; the URL holds it all. */
export function MigrationsScreen() {
  const picked = usePickedCampaign();
  const [query] = useQuery();
  const path = picked.id === null ? null : pathOf(picked.id, query);
  const attempts = useResource<List<AttemptView>>(path, 4_000);
  return (
    <>
      <ScreenHead title="Migrations" lead="One line an attempt. Filters and pages are in the URL.">
        {picked.id === null ? null : <Downloads id={picked.id} query={query} />}
      </ScreenHead>
      <Loadable of={picked.list} what="the campaigns">
        {({ items }) =>
          picked.id === null ? (
            <NoCampaign title="Migrations" />
          ) : (
            <div className="stack">
              <div className="filter">
                <CampaignPicker of={picked} />
                <Filters campaign={items.find((campaign) => campaign.id === picked.id)} />
              </div>
              <Loadable of={attempts} what="the attempts">
                {(list) => <AttemptTable list={list} />}
              </Loadable>
            </div>
          )
        }
      </Loadable>
    </>
  );
}

function pathOf(id: string, query: URLSearchParams): string {
  return toUrl(`/campaigns/${id}/attempts`, {
    ...filterOf(query),
    order: query.get('order') ?? 'newest',
    cursor: query.get('cursor'),
    limit: '100',
  });
}

function filterOf(query: URLSearchParams): Record<string, string | null> {
  return Object.fromEntries(filterNames.map((name) => [name, query.get(name)]));
}

function Filters({ campaign }: { readonly campaign: CampaignView | undefined }) {
  const [query, change] = useQuery();
  const set = (name: string) => (value: string) => change({ [name]: value, cursor: null });
  const filtered = filterNames.some((name) => query.has(name));
  return (
    <>
      <SelectField
        label="Outcome"
        value={query.get('outcome') ?? ''}
        options={[
          ['', 'any'],
          ...outcomeNames.map((name): [string, string] => [name, outcomeWord(name).text]),
        ]}
        onChange={set('outcome')}
      />
      <SelectField
        label="Arm"
        value={query.get('arm') ?? ''}
        options={[
          ['', 'any'],
          ...(campaign?.arms ?? []).map((arm): [string, string] => [arm.name, arm.name]),
        ]}
        onChange={set('arm')}
      />
      <CommittedField label="VM" param="vm" />
      <CommittedField label="Host, either end" param="host" />
      <SelectField
        label="Order"
        value={query.get('order') ?? 'newest'}
        options={[
          ['newest', 'newest first'],
          ['oldest', 'oldest first'],
        ]}
        onChange={set('order')}
      />
      {filtered ? (
        <button
          type="button"
          className="button"
          onClick={() =>
            change({ ...Object.fromEntries(filterNames.map((name) => [name, null])), cursor: null })
          }
        >
          Clear filters
        </button>
      ) : null}
    </>
  );
}

/** Text that counts once it is whole: on Enter, or when the field is left. */
function CommittedField({ label, param }: { readonly label: string; readonly param: string }) {
  const [query, change] = useQuery();
  const value = query.get(param) ?? '';
  const commit = (next: string): void => {
    if (next.trim() !== value) change({ [param]: next.trim(), cursor: null });
  };
  return (
    <label className="field" key={value}>
      <span>{label}</span>
      <input
        defaultValue={value}
        autoComplete="off"
        spellCheck={false}
        onBlur={(event) => commit(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') commit(event.currentTarget.value);
        }}
      />
    </label>
  );
}

function AttemptTable({ list }: { readonly list: List<AttemptView> }) {
  return (
    <>
      <Panel title="Attempts" note={`${list.items.length} on this page`} flush>
        {list.items.length === 0 ? (
          <Empty title="No attempt matches">
            <p>Loosen the filter, or wait until the campaign has settled some.</p>
          </Empty>
        ) : (
          <ScrollTable label="Attempts">
            <TableHead
              columns={[
                'Attempt',
                'Outcome',
                'VM',
                'From → to',
                { name: 'Copy', numeric: true },
                { name: 'Blackout', numeric: true },
                'Settled',
              ]}
            />
            <tbody data-rows>
              {list.items.map((attempt) => (
                <AttemptRow key={attempt.id} attempt={attempt} />
              ))}
            </tbody>
          </ScrollTable>
        )}
      </Panel>
      <Pages next={list.nextCursor} />
    </>
  );
}

function AttemptRow({ attempt }: { readonly attempt: AttemptView }) {
  return (
    <tr>
      <th scope="row" data-row className="nowrap">
        <Link to={`/attempts/${attempt.id}`}>
          {attempt.arm} #{formatCount(attempt.ordinal)}
        </Link>
      </th>
      <td>
        {attempt.outcome === null ? (
          <StateWord word={{ text: attempt.state, tone: 'info', shape: 'half' }} />
        ) : (
          <StateWord word={outcomeWord(attempt.outcome)} />
        )}
        {attempt.fingerprintMatches === false ? (
          <span className="quiet small"> other fingerprint</span>
        ) : null}
      </td>
      <td className="name" title={attempt.vm}>
        {attempt.vm}
      </td>
      <td className="nowrap">
        {attempt.source} → {attempt.target}
      </td>
      <td className="num">{formatDuration(attempt.phases.copyMs)}</td>
      <td className="num">{formatDuration(attempt.phases.blackoutMs)}</td>
      <td>
        <TimeStamp at={attempt.settledAt} />
      </td>
    </tr>
  );
}

function Pages({ next }: { readonly next: string | null }) {
  const [query] = useQuery();
  const to = (cursor: string | null): string =>
    toUrl('/migrations', { ...Object.fromEntries(query), cursor });
  return (
    <nav className="actions" aria-label="Pages">
      {query.has('cursor') ? (
        <Link to={to(null)} className="button">
          First page
        </Link>
      ) : null}
      {next === null ? (
        <span className="quiet">End of the list</span>
      ) : (
        <Link to={to(next)} className="button">
          Next page
        </Link>
      )}
    </nav>
  );
}

function Downloads({ id, query }: { readonly id: string; readonly query: URLSearchParams }) {
  return (
    <div className="actions">
      <DownloadButton
        path={toUrl(`/campaigns/${id}/attempts.csv`, filterOf(query))}
        name="attempts.csv"
      >
        CSV of this filter
      </DownloadButton>
    </div>
  );
}
