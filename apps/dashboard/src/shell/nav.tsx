import { Link } from '../router/link.tsx';
import type { Screen } from '../router/route.ts';

interface NavEntry {
  readonly to: string;
  readonly text: string;
  /** The screens under this entry. */
  readonly covers: readonly Screen[];
  /** The key after `g`. */
  readonly key: string;
}

export const navGroups: readonly {
  readonly name: string;
  readonly entries: readonly NavEntry[];
}[] = [
  {
    name: 'Run',
    entries: [
      { to: '/', text: 'Mission control', covers: ['mission', 'campaign'], key: 'm' },
      { to: '/campaigns/new', text: 'New campaign', covers: ['new-campaign'], key: 'n' },
      { to: '/nights', text: 'Nights', covers: ['nights'], key: 'o' },
      { to: '/lanes', text: 'Live cluster', covers: ['lanes'], key: 'l' },
    ],
  },
  {
    name: 'Find',
    entries: [
      { to: '/crashes', text: 'Crash inbox', covers: ['crashes', 'crash'], key: 'c' },
      { to: '/migrations', text: 'Migrations', covers: ['migrations', 'attempt'], key: 'e' },
      { to: '/matrix', text: 'Matrix and factors', covers: ['matrix'], key: 'f' },
      { to: '/compare', text: 'Compare', covers: ['compare'], key: 'v' },
    ],
  },
  {
    name: 'Know',
    entries: [
      { to: '/inventory', text: 'Inventory', covers: ['inventory'], key: 'i' },
      { to: '/system', text: 'System', covers: ['system'], key: 'y' },
    ],
  },
];

export function Nav({
  screen,
  newCrashes,
}: {
  readonly screen: Screen | 'nowhere';
  readonly newCrashes: number;
}) {
  return (
    <nav aria-label="Screens">
      {navGroups.map((group) => (
        <ul key={group.name} className="nav-group" aria-label={group.name}>
          {group.entries.map((entry) => (
            <li key={entry.to}>
              <Link to={entry.to} current={screen !== 'nowhere' && entry.covers.includes(screen)}>
                {entry.text}
                {entry.to === '/crashes' && newCrashes > 0 ? (
                  <span className="nav-count">
                    {newCrashes}
                    <span className="visually-hidden"> new</span>
                  </span>
                ) : null}
              </Link>
            </li>
          ))}
        </ul>
      ))}
    </nav>
  );
}
