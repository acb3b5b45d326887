import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import type { ClusterView, InventoryView } from '@gauntlet/shared/contracts/clusters';
import { type FormEvent, useEffect, useState } from 'react';
import type { List } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { Link } from '../../router/link.tsx';
import { navigate, useQuery } from '../../router/location.ts';
import { useAction } from '../../ui/action-button.tsx';
import { Empty, Loadable, Refusal } from '../../ui/loadable.tsx';
import { Panel, ScreenHead } from '../../ui/panel.tsx';
import { ShellLines } from '../../ui/shell-lines.tsx';
import { ArmsFields } from './arms-fields.tsx';
import { type Draft, emptyDraft, toDraft, toRequest } from './draft.ts';
import { GuardFields, LimitFields, StopFields, WhereFields } from './fields.tsx';
import { PlanPanel } from './plan-panel.tsx';
import { usePlan } from './use-plan.ts';

export function NewCampaignScreen() {
  const clusters = useResource<List<ClusterView>>('/clusters?limit=500', 5_000);
  const [query] = useQuery();
  const from = query.get('from');
  const source = useResource<CampaignView>(from === null ? null : `/campaigns/${from}`, 60_000);
  return (
    <>
      <ScreenHead
        title="New campaign"
        lead="Nothing starts before you have read the plan and pressed Start."
      />
      <Loadable of={clusters} what="the clusters">
        {({ items }) =>
          items.length === 0 ? (
            <Panel title="No cluster">
              <Empty title="A campaign needs a cluster">
                <Link to="/inventory" className="button">
                  Register a cluster
                </Link>
              </Empty>
            </Panel>
          ) : from === null ? (
            <CampaignForm clusters={items} first={readDraft(query) ?? emptyDraft} />
          ) : (
            <Loadable of={source} what="the campaign to copy">
              {(campaign) => (
                <CampaignForm
                  clusters={items}
                  first={readDraft(query) ?? toDraft(campaign.config)}
                />
              )}
            </Loadable>
          )
        }
      </Loadable>
    </>
  );
}

/** The draft lives in the URL too: a reload, a bookmark or a colleague gets the same form. */
function readDraft(query: URLSearchParams): Draft | null {
  const text = query.get('draft');
  if (text === null) return null;
  try {
    return { ...emptyDraft, ...(JSON.parse(text) as Partial<Draft>) };
  } catch {
    return null;
  }
}

function changesOf(draft: Draft): string {
  const changed = Object.entries(draft).filter(
    ([name, value]) => JSON.stringify(value) !== JSON.stringify(emptyDraft[name as keyof Draft]),
  );
  return changed.length === 0 ? '' : JSON.stringify(Object.fromEntries(changed));
}

function CampaignForm({
  clusters,
  first,
}: {
  readonly clusters: readonly ClusterView[];
  readonly first: Draft;
}) {
  const [draft, setDraft] = useState<Draft>(() => ({
    ...first,
    clusterId: first.clusterId === '' ? (clusters[0]?.id ?? '') : first.clusterId,
  }));
  const [, changeQuery] = useQuery();
  useEffect(() => changeQuery({ draft: changesOf(draft) }), [draft, changeQuery]);
  const inventory = useResource<InventoryView>(`/clusters/${draft.clusterId}/inventory`, 15_000);
  const request = toRequest(draft);
  const plan = usePlan(request);
  const start = useAction((body) => navigate(`/campaigns/${(body as CampaignView).id}`));
  const action = { method: 'POST', path: '/campaigns', body: request } as const;

  function submit(event: FormEvent): void {
    event.preventDefault();
    void start.run(action);
  }
  const set = (change: Partial<Draft>): void => setDraft((old) => ({ ...old, ...change }));
  return (
    <form className="split new-campaign" onSubmit={submit} noValidate>
      <div className="stack">
        <WhereFields draft={draft} set={set} clusters={clusters} inventory={inventory} />
        <ArmsFields draft={draft} setDraft={setDraft} inventory={inventory.data} />
        <StopFields draft={draft} set={set} />
        <LimitFields draft={draft} set={set} />
        <GuardFields draft={draft} set={set} />
      </div>
      <div className="stack plan-side">
        <PlanPanel plan={plan} draft={draft} />
        <Panel title="Start">
          <div className="stack">
            <button
              type="submit"
              className="button primary"
              disabled={start.busy || plan.view === null}
            >
              {start.busy ? 'Starting …' : 'Start the campaign'}
            </button>
            <Refusal failure={start.failure} />
            <ShellLines
              actions={[
                { name: 'Read the plan', action: { ...action, path: '/campaigns?dryRun=true' } },
                { name: 'Start the campaign', action },
              ]}
            />
          </div>
        </Panel>
      </div>
    </form>
  );
}
