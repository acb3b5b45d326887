import type { ReadyView, SystemView } from '@gauntlet/shared/contracts/system';
import { useEffect, useState } from 'react';
import { readApiKey, saveApiKey } from '../../api/api-key.ts';
import { useResource } from '../../api/use-resource.ts';
import { formatCount } from '../../format/numbers.ts';
import type { Word } from '../../format/words.ts';
import { repeat } from '../../platform/browser-clock.ts';
import { Empty, Loadable } from '../../ui/loadable.tsx';
import { Callout, StateWord } from '../../ui/mark.tsx';
import { Panel, Reading, ScreenHead } from '../../ui/panel.tsx';
import { ScrollTable } from '../../ui/scroll-table.tsx';
import { TableHead } from '../../ui/table-head.tsx';
import { Ago, TimeStamp } from '../../ui/time-stamp.tsx';

export function SystemScreen() {
  const system = useResource<SystemView>('/system', 2_000);
  return (
    <>
      <ScreenHead title="System" lead="Who does the work, and what waits for them." />
      <Loadable of={system} what="the system">
        {(body) => (
          <div className="stack">
            <Readiness />
            <Readings system={body} />
            <Workers workers={body.workers} />
            <KeyPanel />
          </div>
        )}
      </Loadable>
    </>
  );
}

function Readings({ system }: { readonly system: SystemView }) {
  return (
    <dl className="readings">
      <Reading
        label="Version"
        note={
          <>
            started <Ago at={system.startedAt} />
          </>
        }
      >
        {system.version}
      </Reading>
      <Reading label="Records">{system.backends.records}</Reading>
      <Reading label="Queue">{system.backends.queue}</Reading>
      <Reading label="Jobs waiting">{formatCount(system.queueDepth)}</Reading>
      <Reading label="Migrations in flight">{formatCount(system.inFlight)}</Reading>
    </dl>
  );
}

const alive: Word = { text: 'alive', tone: 'ok', shape: 'disc' };
const silent: Word = { text: 'silent', tone: 'bad', shape: 'cross' };

function Workers({ workers }: { readonly workers: SystemView['workers'] }) {
  return (
    <Panel title="Workers" note="each says once a second that it lives" flush>
      {workers.length === 0 ? (
        <Empty title="No worker has ever spoken">
          <p>
            Migrations wait in the queue until a worker takes them. The embedded size brings its
            own; otherwise start apps/worker on a machine that reaches the hosts.
          </p>
        </Empty>
      ) : (
        <ScrollTable label="Workers">
          <TableHead
            columns={[
              'Worker',
              'State',
              'Machine',
              'Drivers',
              'Version',
              { name: 'Running', numeric: true },
              'Last heard',
              'Started',
            ]}
          />
          <tbody>
            {workers.map((worker) => (
              <tr key={worker.id}>
                <th scope="row">{worker.id}</th>
                <td>
                  <StateWord word={worker.alive ? alive : silent} />
                </td>
                <td>{worker.hostName}</td>
                <td>{worker.drivers.join(', ')}</td>
                <td className="number">{worker.version}</td>
                <td className="num">{formatCount(worker.running)}</td>
                <td>
                  <Ago at={worker.lastHeartbeatAt} />
                </td>
                <td>
                  <TimeStamp at={worker.startedAt} />
                </td>
              </tr>
            ))}
          </tbody>
        </ScrollTable>
      )}
    </Panel>
  );
}

/** `/health/ready` lies outside the API and is asked without a key. */
function Readiness() {
  const [ready, setReady] = useState<ReadyView | null>(null);
  useEffect(() => {
    const stop = new AbortController();
    const ask = (): void => {
      void fetch('/health/ready', { signal: stop.signal })
        .then(async (response) => setReady((await response.json()) as ReadyView))
        .catch(() => undefined);
    };
    ask();
    void repeat(5_000, stop.signal, ask);
    return () => stop.abort();
  }, []);
  if (ready === null) return null;
  if (ready.ready) return <Callout tone="ok">Ready: every part answers.</Callout>;
  return (
    <Callout tone="bad">
      <strong>Not ready.</strong>
      <ul>
        {ready.notReady?.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
    </Callout>
  );
}

function KeyPanel() {
  const [key, setKey] = useState(readApiKey);
  if (key === null) return null;
  return (
    <Panel title="API key of this tab">
      <div className="row">
        <code>…{key.slice(-4)}</code>
        <button
          type="button"
          className="button"
          onClick={() => {
            saveApiKey(null);
            setKey(null);
          }}
        >
          Forget it
        </button>
      </div>
    </Panel>
  );
}
