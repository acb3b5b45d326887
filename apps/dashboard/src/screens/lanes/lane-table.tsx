import type { LaneAttempt, LanesView } from '@gauntlet/shared/contracts/lanes';
import { phaseWord } from '../../format/crash-words.ts';
import { outcomeWord, type Word } from '../../format/words.ts';
import { Link } from '../../router/link.tsx';
import { Empty } from '../../ui/loadable.tsx';
import { StateWord } from '../../ui/mark.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ScrollTable } from '../../ui/scroll-table.tsx';
import { TableHead } from '../../ui/table-head.tsx';
import { Ago, TimeStamp } from '../../ui/time-stamp.tsx';

const recentShownMax = 25;

/** The same as the lanes, as text: in flight first, then the last that settled, then the marks. */
export function LaneTable({ lanes }: { readonly lanes: LanesView }) {
  const rows = [...lanes.inFlight, ...lanes.recent.slice(0, recentShownMax)];
  return (
    <>
      {lanes.marks.length === 0 ? null : (
        <Panel title="Guard trips and changes of state">
          <ul className="plain">
            {lanes.marks.map((mark) => (
              <li key={mark.at + mark.text} className={mark.kind === 'guard' ? 'tone-warn' : ''}>
                <TimeStamp at={mark.at} /> {mark.text}
              </li>
            ))}
          </ul>
        </Panel>
      )}
      <Panel title="In flight and just settled" flush>
        {rows.length === 0 ? (
          <Empty title="Nothing moves">
            <p>Migrations appear here while a campaign runs on this cluster.</p>
          </Empty>
        ) : (
          <ScrollTable label="Migrations in flight and just settled">
            <TableHead columns={['Attempt', 'VM', 'From → to', 'Where it stands', 'Started']} />
            <tbody data-rows>
              {rows.map((attempt) => (
                <tr key={attempt.attemptId}>
                  <th scope="row" data-row className="nowrap">
                    <Link to={`/attempts/${attempt.attemptId}`}>
                      {attempt.arm} #{attempt.ordinal}
                    </Link>
                  </th>
                  <td className="name" title={attempt.vm}>
                    {attempt.vm}
                  </td>
                  <td className="nowrap">
                    {attempt.source} → {attempt.target}
                  </td>
                  <td>
                    <StateWord word={standing(attempt)} />
                  </td>
                  <td>
                    <Ago at={attempt.startedAt} />
                  </td>
                </tr>
              ))}
            </tbody>
          </ScrollTable>
        )}
      </Panel>
    </>
  );
}

function standing(attempt: LaneAttempt): Word {
  if (attempt.outcome !== null) return outcomeWord(attempt.outcome);
  const text = attempt.phase === null ? attempt.state : phaseWord(attempt.phase);
  return { text, tone: 'info', shape: 'half' };
}
