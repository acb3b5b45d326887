import type { ClusterView } from '@gauntlet/shared/contracts/clusters';
import { useState } from 'react';
import type { Failure } from '../api/failure.ts';
import type { List } from '../api/types.ts';
import { useResource } from '../api/use-resource.ts';
import { ActionButton } from '../ui/action-button.tsx';
import { Dialog } from '../ui/dialog.tsx';
import { Refusal } from '../ui/loadable.tsx';
import { ShellLines } from '../ui/shell-lines.tsx';

const stopAll = { method: 'POST', path: '/stop' } as const;

/** The kill switch: two presses from anywhere, no typing. */
export function StopDialog({
  open,
  onClose,
}: {
  readonly open: boolean;
  readonly onClose: () => void;
}) {
  const clusters = useResource<List<ClusterView>>(open ? '/clusters?limit=500' : null, 1_000);
  const [failure, setFailure] = useState<Failure | null>(null);
  const items = clusters.data?.items ?? [];
  return (
    <Dialog open={open} onClose={onClose} title="Stop starting migrations">
      <p>
        Within one second no new migration starts. Those under way finish or are reconciled, and
        campaigns stay paused until a person resumes them.
      </p>
      <ActionButton action={stopAll} className="danger" onFailure={setFailure}>
        Stop everything now
      </ActionButton>
      <Refusal failure={failure} />
      <ul className="stack">
        {items.map((cluster) => (
          <ClusterSwitch key={cluster.id} cluster={cluster} onFailure={setFailure} />
        ))}
      </ul>
      <ShellLines actions={[{ name: 'Stop everything', action: stopAll }, ...items.map(toLine)]} />
    </Dialog>
  );
}

function toLine(cluster: ClusterView) {
  const action = { method: 'POST', path: `/clusters/${cluster.id}/stop` } as const;
  return { name: `Stop ${cluster.name}`, action };
}

function ClusterSwitch({
  cluster,
  onFailure,
}: {
  readonly cluster: ClusterView;
  readonly onFailure: (failure: Failure | null) => void;
}) {
  const stopped = cluster.stoppedAt !== null;
  const verb = stopped ? 'release' : 'stop';
  return (
    <li className="row spread">
      <span>
        <strong>{cluster.name}</strong>{' '}
        <span className={stopped ? 'tone-bad' : 'tone-ok'}>
          {stopped ? 'stopped: nothing starts' : 'migrations may start'}
        </span>
      </span>
      <ActionButton
        action={{ method: 'POST', path: `/clusters/${cluster.id}/${verb}` }}
        className={stopped ? '' : 'danger'}
        onFailure={onFailure}
      >
        {stopped ? `Release ${cluster.name}` : `Stop ${cluster.name}`}
      </ActionButton>
    </li>
  );
}
