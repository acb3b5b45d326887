import type { BucketView } from '@gauntlet/shared/contracts/bugchecks';
import type { SystemView } from '@gauntlet/shared/contracts/system';
import { lazy, Suspense, useCallback, useEffect, useRef, useState } from 'react';
import type { List } from './api/types.ts';
import { useResource } from './api/use-resource.ts';
import { Link } from './router/link.tsx';
import { usePathname } from './router/location.ts';
import { parseRoute, type Route } from './router/route.ts';
import { CampaignScreen } from './screens/campaign/campaign-screen.tsx';
import { MissionScreen } from './screens/mission/mission-screen.tsx';
import { ContactBanner, ContactPulse } from './shell/contact-banner.tsx';
import { Nav } from './shell/nav.tsx';
import { Safety } from './shell/safety.tsx';
import { ShortcutHelp, useShortcuts } from './shell/shortcuts.tsx';
import { StopDialog } from './shell/stop-dialog.tsx';
import { ErrorBoundary } from './ui/error-boundary.tsx';
import { Empty } from './ui/loadable.tsx';

const lazily = {
  newCampaign: lazy(async () => ({
    default: (await import('./screens/new-campaign/new-campaign-screen.tsx')).NewCampaignScreen,
  })),
  nights: lazy(async () => ({
    default: (await import('./screens/nights/nights-screen.tsx')).NightsScreen,
  })),
  lanes: lazy(async () => ({
    default: (await import('./screens/lanes/lanes-screen.tsx')).LanesScreen,
  })),
  crashes: lazy(async () => ({
    default: (await import('./screens/crashes/crash-inbox-screen.tsx')).CrashInboxScreen,
  })),
  crash: lazy(async () => ({
    default: (await import('./screens/crashes/crash-screen.tsx')).CrashScreen,
  })),
  migrations: lazy(async () => ({
    default: (await import('./screens/migrations/migrations-screen.tsx')).MigrationsScreen,
  })),
  attempt: lazy(async () => ({
    default: (await import('./screens/migrations/attempt-screen.tsx')).AttemptScreen,
  })),
  matrix: lazy(async () => ({
    default: (await import('./screens/matrix/matrix-screen.tsx')).MatrixScreen,
  })),
  compare: lazy(async () => ({
    default: (await import('./screens/compare/compare-screen.tsx')).CompareScreen,
  })),
  inventory: lazy(async () => ({
    default: (await import('./screens/inventory/inventory-screen.tsx')).InventoryScreen,
  })),
  system: lazy(async () => ({
    default: (await import('./screens/system/system-screen.tsx')).SystemScreen,
  })),
};

export function App() {
  const route = parseRoute(usePathname());
  const [helpOpen, setHelpOpen] = useState(false);
  const [stopOpen, setStopOpen] = useState(false);
  const [menuOpen, setMenuOpen] = useState(false);
  const openHelp = useCallback(() => setHelpOpen(true), []);
  const openStop = useCallback(() => setStopOpen(true), []);
  useShortcuts({ openHelp, openStop });
  const buckets = useResource<List<BucketView>>('/buckets?limit=100', 5_000);
  const newCrashes = buckets.data?.items.filter((bucket) => bucket.status === 'new').length ?? 0;
  useFocusOnScreenChange(`${route.screen}/${route.id}`, () => setMenuOpen(false));
  return (
    <div className="shell">
      <a className="skip" href="#main">
        Skip to the content
      </a>
      <header className="topbar">
        <button
          type="button"
          className="button menu-button"
          aria-expanded={menuOpen}
          aria-controls="rail"
          onClick={() => setMenuOpen(!menuOpen)}
        >
          Menu
        </button>
        <Safety />
        <ContactPulse />
        <button
          type="button"
          className="stop-button"
          aria-keyshortcuts="Shift+S"
          aria-haspopup="dialog"
          onClick={openStop}
        >
          STOP
        </button>
      </header>
      <div className="rail" id="rail" data-open={menuOpen}>
        <div className="rail-inner">
          <Brand />
          <Nav screen={route.screen} newCrashes={newCrashes} />
          <RailFoot onHelp={openHelp} />
        </div>
      </div>
      <main className="main" id="main" tabIndex={-1}>
        <ContactBanner />
        <ErrorBoundary resetKey={`${route.screen}/${route.id}`}>
          <Suspense fallback={<div className="skeleton" />}>
            <CurrentScreen route={route} />
          </Suspense>
        </ErrorBoundary>
      </main>
      <StopDialog open={stopOpen} onClose={() => setStopOpen(false)} />
      <ShortcutHelp open={helpOpen} onClose={() => setHelpOpen(false)} />
    </div>
  );
}

/** After a change of screen, keyboard and screen reader go on at its head. */
function useFocusOnScreenChange(screen: string, onChange: () => void): void {
  const last = useRef(screen);
  const changed = useRef(onChange);
  changed.current = onChange;
  useEffect(() => {
    if (last.current === screen) return;
    last.current = screen;
    document.getElementById('main')?.focus({ preventScroll: true });
    changed.current();
  }, [screen]);
}

function CurrentScreen({ route }: { readonly route: Route }) {
  switch (route.screen) {
    case 'mission':
      return <MissionScreen />;
    case 'new-campaign':
      return <lazily.newCampaign />;
    case 'campaign':
      return <CampaignScreen key={route.id} id={route.id} />;
    case 'nights':
      return <lazily.nights />;
    case 'lanes':
      return <lazily.lanes />;
    case 'crashes':
      return <lazily.crashes />;
    case 'crash':
      return <lazily.crash key={route.id} bucketId={route.id} />;
    case 'migrations':
      return <lazily.migrations />;
    case 'attempt':
      return <lazily.attempt key={route.id} id={route.id} />;
    case 'matrix':
      return <lazily.matrix />;
    case 'compare':
      return <lazily.compare />;
    case 'inventory':
      return <lazily.inventory />;
    case 'system':
      return <lazily.system />;
    case 'nowhere':
      return (
        <Empty title="There is no such screen">
          <Link to="/">Back to mission control</Link>
        </Empty>
      );
  }
}

function Brand() {
  return (
    <Link to="/" className="brand" label="Gauntlet: mission control">
      <svg viewBox="0 0 34 20" aria-hidden="true">
        <path
          d="M1 10h7l2-6 4 14 4-16 4 14 2-6h9"
          fill="none"
          stroke="currentColor"
          strokeWidth="2"
          strokeLinejoin="round"
        />
      </svg>
      Gauntlet
    </Link>
  );
}

function RailFoot({ onHelp }: { readonly onHelp: () => void }) {
  const { data } = useResource<SystemView>('/system', 5_000);
  return (
    <div className="rail-foot">
      <p>
        <button type="button" className="button bare" onClick={onHelp}>
          Shortcuts <kbd>?</kbd>
        </button>
      </p>
      <p>
        <a href="/docs">API</a> {data === undefined ? null : `· version ${data.version}`}
      </p>
    </div>
  );
}
