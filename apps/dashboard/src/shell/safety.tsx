import type { ClusterView } from '@gauntlet/shared/contracts/clusters';
import type { List } from '../api/types.ts';
import { useResource } from '../api/use-resource.ts';
import { Link } from '../router/link.tsx';
import { toUrl } from '../router/route.ts';
import { Mark } from '../ui/mark.tsx';

const shownMax = 4;

/** Every cluster, safe or not, on every screen. */
export function Safety() {
  const { data } = useResource<List<ClusterView>>('/clusters?limit=500', 2_000);
  const clusters = data?.items ?? [];
  const stopped = clusters.filter((cluster) => cluster.stoppedAt !== null);
  const shown = [...stopped, ...clusters.filter((cluster) => cluster.stoppedAt === null)];
  return (
    <ul className="safety" aria-label="Clusters">
      {shown.slice(0, shownMax).map((cluster) => (
        <li key={cluster.id}>
          <ClusterMark cluster={cluster} />
        </li>
      ))}
      {shown.length > shownMax ? <li className="quiet">+{shown.length - shownMax} more</li> : null}
    </ul>
  );
}

function ClusterMark({ cluster }: { readonly cluster: ClusterView }) {
  const stopped = cluster.stoppedAt !== null;
  return (
    <span className={`state ${stopped ? 'tone-bad' : 'tone-ok'}`}>
      <Mark shape={stopped ? 'square' : 'disc'} />
      <span>
        <Link to={toUrl('/lanes', { cluster: cluster.id })}>{cluster.name}</Link>{' '}
        {stopped ? 'stopped' : 'armed'}
      </span>
    </span>
  );
}
