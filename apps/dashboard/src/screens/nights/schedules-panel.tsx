import type { NextFirings, ScheduleView } from '@gauntlet/shared/contracts/schedules';
import { useState } from 'react';
import type { Failure } from '../../api/failure.ts';
import type { List } from '../../api/types.ts';
import { useResource } from '../../api/use-resource.ts';
import { firingWord } from '../../format/night-words.ts';
import { formatInZone } from '../../format/times.ts';
import { Link } from '../../router/link.tsx';
import { ActionButton } from '../../ui/action-button.tsx';
import { Empty, Loadable, Refusal } from '../../ui/loadable.tsx';
import { StateWord } from '../../ui/mark.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ScrollTable } from '../../ui/scroll-table.tsx';
import { ShellLines } from '../../ui/shell-lines.tsx';
import { TableHead } from '../../ui/table-head.tsx';
import { TimeStamp } from '../../ui/time-stamp.tsx';

/** Every schedule: when it fires next, what became of the last time, and a way to pause it. */
export function SchedulesPanel() {
  const schedules = useResource<List<ScheduleView>>('/schedules?limit=100', 5_000);
  const [failure, setFailure] = useState<Failure | null>(null);
  return (
    <Panel title="Schedules" note="each starts a campaign from its template" flush>
      <Loadable of={schedules} what="the schedules">
        {({ items }) =>
          items.length === 0 ? (
            <Empty title="Nothing starts by itself">
              <p>A schedule starts the same campaign night after night. Make one below.</p>
            </Empty>
          ) : (
            <ScheduleTable schedules={items} onFailure={setFailure} />
          )
        }
      </Loadable>
      <Refusal failure={failure} />
    </Panel>
  );
}

interface RowsProps {
  readonly onFailure: (failure: Failure | null) => void;
}

function ScheduleTable({
  schedules,
  onFailure,
}: RowsProps & { readonly schedules: readonly ScheduleView[] }) {
  return (
    <>
      <ScrollTable label="Schedules">
        <TableHead columns={['Schedule', 'When', 'Next', 'Last time', 'Rules', 'Change']} />
        <tbody>
          {schedules.map((schedule) => (
            <ScheduleRow key={schedule.id} schedule={schedule} onFailure={onFailure} />
          ))}
        </tbody>
      </ScrollTable>
      <ShellLines
        actions={schedules.map((schedule) => ({
          name: `${pauseWord(schedule)} ${schedule.name}`,
          action: pauseAction(schedule),
        }))}
      />
    </>
  );
}

function ScheduleRow({ schedule, onFailure }: RowsProps & { readonly schedule: ScheduleView }) {
  const { id, name, cron, timeZone } = schedule;
  return (
    <tr>
      <th scope="row">{name}</th>
      <td>
        <code>{cron}</code>
        <br />
        <span className="small quiet">{timeZone}</span>
      </td>
      <td>{schedule.paused ? 'paused' : <NextFiringList schedule={schedule} />}</td>
      <td>
        <LastFiring schedule={schedule} />
      </td>
      <td className="small">{policyOf(schedule)}</td>
      <td>
        <div className="row">
          <ActionButton action={pauseAction(schedule)} onFailure={onFailure}>
            {pauseWord(schedule)}
            <span className="visually-hidden"> {name}</span>
          </ActionButton>
          <ActionButton
            action={{ method: 'DELETE', path: `/schedules/${id}` }}
            className="danger"
            onFailure={onFailure}
          >
            Delete
            <span className="visually-hidden"> {name}</span>
          </ActionButton>
        </div>
      </td>
    </tr>
  );
}

/** The next three in the schedule's own zone: a change of the clocks shows. */
function NextFiringList({ schedule: { id, timeZone } }: { readonly schedule: ScheduleView }) {
  const next = useResource<NextFirings>(`/schedules/${id}/next?count=3`, 30_000);
  if (next.data === undefined) return next.failure === undefined ? '…' : next.failure.detail;
  if (next.data.items.length === 0) return 'never again';
  return (
    <ul className="plain">
      {next.data.items.map((at) => (
        <li key={at}>
          <time className="nowrap" dateTime={at} title={at}>
            {formatInZone(at, timeZone)}
          </time>
        </li>
      ))}
    </ul>
  );
}

function LastFiring({ schedule: { lastFiring } }: { readonly schedule: ScheduleView }) {
  if (lastFiring === null) return 'not yet';
  const { outcome, campaignId, detail, dueAt, missed } = lastFiring;
  return (
    <>
      <StateWord word={firingWord(outcome)} />{' '}
      {campaignId === null ? null : <Link to={`/campaigns/${campaignId}`}>its campaign</Link>}
      <br />
      <span className="small quiet">
        due <TimeStamp at={dueAt} />
        {missed === 0 ? null : `, ${missed} missed before it`}
        {detail === null ? null : `: ${detail}`}
      </span>
    </>
  );
}

function policyOf({ overlap, catchUp, durationMinutes }: ScheduleView): string {
  const overlapping =
    overlap === 'skip' ? 'skipped while the last one runs' : 'waits for the last one';
  const late = catchUp === 'once' ? 'caught up once when missed' : 'not caught up when missed';
  const bound = durationMinutes === null ? '' : `; ends after ${durationMinutes} min at the latest`;
  return `${overlapping}; ${late}${bound}`;
}

function pauseWord({ paused }: ScheduleView): string {
  return paused ? 'Resume' : 'Pause';
}

function pauseAction({ id, paused }: ScheduleView) {
  return { method: 'PATCH', path: `/schedules/${id}`, body: { paused: !paused } } as const;
}
