import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import type { ClusterView } from '@gauntlet/shared/contracts/clusters';
import { useId } from 'react';
import type { Snapshot } from '../api/resources.ts';
import type { List } from '../api/types.ts';
import { useResource } from '../api/use-resource.ts';
import { campaignWord, isActive } from '../format/words.ts';
import { Link } from '../router/link.tsx';
import { useQuery } from '../router/location.ts';
import { Empty } from './loadable.tsx';
import { Panel } from './panel.tsx';

interface Picked<Item> {
  readonly list: Snapshot<List<Item>>;
  /** The one the URL names, or the first; null while there is none. */
  readonly id: string | null;
}

/** The cluster of `?cluster=`, or one where a campaign is active, or the first. */
export function usePickedCluster(): Picked<ClusterView> {
  const [query] = useQuery();
  const list = useResource<List<ClusterView>>('/clusters?limit=500', 5_000);
  const campaigns = useResource<List<CampaignView>>('/campaigns?limit=100', 5_000);
  const active = campaigns.data?.items.find((campaign) => isActive(campaign.state));
  const fallback = active?.config.clusterId ?? list.data?.items[0]?.id ?? null;
  return { list, id: query.get('cluster') ?? fallback };
}

/** The campaign of `?campaign=`, or one that runs, or the newest. */
export function usePickedCampaign(): Picked<CampaignView> {
  const [query] = useQuery();
  const list = useResource<List<CampaignView>>('/campaigns?limit=100', 5_000);
  const items = list.data?.items ?? [];
  const first = items.find((campaign) => isActive(campaign.state)) ?? items[0];
  return { list, id: query.get('campaign') ?? first?.id ?? null };
}

export function ClusterPicker({ of }: { readonly of: Picked<ClusterView> }) {
  const items = of.list.data?.items ?? [];
  return (
    <Picker
      label="Cluster"
      param="cluster"
      value={of.id}
      options={items.map(({ id, name }) => ({ id, name }))}
    />
  );
}

export function CampaignPicker({ of }: { readonly of: Picked<CampaignView> }) {
  const items = of.list.data?.items ?? [];
  return (
    <Picker
      label="Campaign"
      param="campaign"
      value={of.id}
      options={items.map(({ id, name, state }) => ({
        id,
        name: `${name} (${campaignWord(state).text})`,
      }))}
    />
  );
}

interface PickerProps {
  readonly label: string;
  readonly param: string;
  readonly value: string | null;
  readonly options: readonly { readonly id: string; readonly name: string }[];
}

function Picker({ label, param, value, options }: PickerProps) {
  const [, change] = useQuery();
  const id = useId();
  const known = options.some((option) => option.id === value);
  return (
    <div className="field picker">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        value={value ?? ''}
        onChange={(event) => change({ [param]: event.target.value, cursor: null })}
      >
        {known || value === null ? null : <option value={value}>{value}</option>}
        {options.map((option) => (
          <option key={option.id} value={option.id}>
            {option.name}
          </option>
        ))}
      </select>
    </div>
  );
}

/** What the screens about one campaign show while there is none. */
export function NoCampaign({ title }: { readonly title: string }) {
  return (
    <Panel title={title}>
      <Empty title="No campaign yet">
        <Link to="/campaigns/new">Plan one</Link>
      </Empty>
    </Panel>
  );
}
