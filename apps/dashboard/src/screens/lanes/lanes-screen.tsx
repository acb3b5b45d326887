import type { LanesView } from '@gauntlet/shared/contracts/lanes';
import { useResource } from '../../api/use-resource.ts';
import { plural } from '../../format/numbers.ts';
import { Link } from '../../router/link.tsx';
import { useQuery } from '../../router/location.ts';
import { SelectField } from '../../ui/field.tsx';
import { Empty, Loadable } from '../../ui/loadable.tsx';
import { Callout } from '../../ui/mark.tsx';
import { Panel, ScreenHead } from '../../ui/panel.tsx';
import { ClusterPicker, usePickedCluster } from '../../ui/pickers.tsx';
import { TimeStamp } from '../../ui/time-stamp.tsx';
import { LaneChart } from './lane-chart.tsx';
import { LaneTable } from './lane-table.tsx';

const spanDefault = '60';
const spans = [
  ['15', '15 seconds'],
  ['60', 'a minute'],
  ['300', 'five minutes'],
] as const;

/** Hosts as lanes: what moves now, by phase, and what moved in the last minutes. Read only. */
export function LanesScreen() {
  const picked = usePickedCluster();
  const [query, change] = useQuery();
  const asked = query.get('span') ?? spanDefault;
  const spanSeconds = Number(spans.some(([seconds]) => seconds === asked) ? asked : spanDefault);
  const path = picked.id === null ? null : `/clusters/${picked.id}/lanes`;
  const lanes = useResource<LanesView>(path, 1_000);
  return (
    <>
      <ScreenHead
        title="Live cluster"
        lead="Every host a lane. A move is drawn on the host it leaves and, outlined, on the one it reaches."
      />
      <Loadable of={picked.list} what="the clusters">
        {() =>
          picked.id === null ? (
            <Panel title="Lanes">
              <Empty title="No cluster yet">
                <Link to="/inventory" className="button">
                  Register a cluster
                </Link>
              </Empty>
            </Panel>
          ) : (
            <div className="stack">
              <div className="filter">
                <ClusterPicker of={picked} />
                <SelectField
                  label="Span"
                  value={String(spanSeconds)}
                  options={spans}
                  onChange={(span) => change({ span: span === spanDefault ? null : span })}
                />
              </div>
              <Loadable of={lanes} what="the lanes">
                {(body) => <Lanes lanes={body} spanMs={1_000 * spanSeconds} />}
              </Loadable>
            </div>
          )
        }
      </Loadable>
    </>
  );
}

function Lanes({ lanes, spanMs }: { readonly lanes: LanesView; readonly spanMs: number }) {
  return (
    <>
      {lanes.stoppedAt === null ? null : (
        <Callout tone="bad">
          <strong>Stopped</strong> since <TimeStamp at={lanes.stoppedAt} />: no migration starts on
          this cluster until a person releases it.
        </Callout>
      )}
      <Panel title="Lanes" note={capsText(lanes)}>
        <LaneChart lanes={lanes} spanMs={spanMs} />
      </Panel>
      <LaneTable lanes={lanes} />
    </>
  );
}

function capsText({ caps, inFlight }: LanesView): string {
  const now = plural(inFlight.length, 'migration');
  if (caps === null) return `${now} in flight, no campaign is active`;
  return (
    `${now} in flight of ${caps.concurrency}; at most ${caps.outboundPerHost} out of and ` +
    `${caps.inboundPerHost} into a host`
  );
}
