import type { ClusterView, InventoryView } from '@gauntlet/shared/contracts/clusters';
import { useState } from 'react';
import type { Failure } from '../../api/failure.ts';
import { useResource } from '../../api/use-resource.ts';
import { plural } from '../../format/numbers.ts';
import type { Word } from '../../format/words.ts';
import { Link } from '../../router/link.tsx';
import { toUrl } from '../../router/route.ts';
import { ActionButton } from '../../ui/action-button.tsx';
import { Empty, Refusal } from '../../ui/loadable.tsx';
import { StateWord } from '../../ui/mark.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ShellLines } from '../../ui/shell-lines.tsx';
import { Ago } from '../../ui/time-stamp.tsx';

/** Every cluster: safe or not, and why one can say so. */
export function ClusterPanel({ clusters }: { readonly clusters: readonly ClusterView[] }) {
  const [failure, setFailure] = useState<Failure | null>(null);
  return (
    <Panel title="Clusters">
      {clusters.length === 0 ? (
        <Empty title="No cluster yet">
          <Link to="/inventory" className="button">
            Register a cluster
          </Link>
        </Empty>
      ) : (
        <ul className="stack">
          {clusters.map((cluster) => (
            <ClusterItem key={cluster.id} cluster={cluster} onFailure={setFailure} />
          ))}
        </ul>
      )}
      <Refusal failure={failure} />
    </Panel>
  );
}

function ClusterItem({
  cluster,
  onFailure,
}: {
  readonly cluster: ClusterView;
  readonly onFailure: (failure: Failure | null) => void;
}) {
  const inventory = useResource<InventoryView>(`/clusters/${cluster.id}/inventory`, 10_000);
  const stopped = cluster.stoppedAt !== null;
  const action = {
    method: 'POST',
    path: `/clusters/${cluster.id}/${stopped ? 'release' : 'stop'}`,
  } as const;
  return (
    <li className="cluster-item">
      <div className="row spread">
        <Link to={toUrl('/lanes', { cluster: cluster.id })}>{cluster.name}</Link>
        <StateWord word={safetyWord(cluster, inventory.data)} />
      </div>
      <p className="small quiet">
        {inventory.data === undefined ? (
          inventory.failure === undefined ? (
            'Reading its inventory …'
          ) : (
            inventory.failure.detail
          )
        ) : (
          <>
            {plural(inventory.data.hosts.length, 'host')}, {plural(inventory.data.vms.length, 'VM')}
            {', looked at '}
            <Ago at={inventory.data.takenAt} />
          </>
        )}
      </p>
      <div className="row spread">
        <ActionButton action={action} className={stopped ? '' : 'danger'} onFailure={onFailure}>
          {stopped ? `Release ${cluster.name}` : `Stop ${cluster.name}`}
        </ActionButton>
        <ShellLines actions={[{ name: stopped ? 'Release' : 'Stop', action }]} />
      </div>
    </li>
  );
}

function safetyWord(cluster: ClusterView, inventory: InventoryView | undefined): Word {
  if (cluster.stoppedAt !== null) return { text: 'stopped', tone: 'bad', shape: 'square' };
  if (inventory === undefined) return { text: 'armed', tone: 'info', shape: 'half' };
  const down = inventory.hosts.filter((host) => host.state !== 'up').length;
  const ill = inventory.vms.filter((vm) => vm.state === 'failed').length;
  if (down > 0)
    return { text: `armed, ${plural(down, 'host')} not up`, tone: 'bad', shape: 'cross' };
  if (ill > 0)
    return { text: `armed, ${plural(ill, 'VM')} failed`, tone: 'warn', shape: 'triangle' };
  return { text: 'armed, all hosts up', tone: 'ok', shape: 'disc' };
}
