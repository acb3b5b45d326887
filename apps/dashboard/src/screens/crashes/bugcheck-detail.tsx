import type { AttemptDetailView } from '@gauntlet/shared/contracts/attempts';
import type { BugcheckView } from '@gauntlet/shared/contracts/bugchecks';
import { useResource } from '../../api/use-resource.ts';
import { classWord, phaseWord } from '../../format/crash-words.ts';
import { formatCount } from '../../format/numbers.ts';
import { Link } from '../../router/link.tsx';
import { Panel } from '../../ui/panel.tsx';
import { TimeStamp } from '../../ui/time-stamp.tsx';
import { AttemptTimeline } from '../migrations/attempt-timeline.tsx';
import { EvidenceList } from '../migrations/evidence-list.tsx';

/** One bugcheck in words: what stopped, where, when in its migration, and the proof. */
export function BugcheckDetail({ bugcheck }: { readonly bugcheck: BugcheckView }) {
  const attempt = useResource<AttemptDetailView>(`/attempts/${bugcheck.attemptId}`, 30_000);
  return (
    <>
      <Panel
        title={`${bugcheck.subject === 'host' ? 'Host' : 'Guest'} bugcheck ${bugcheck.code ?? ''}`}
        note={<TimeStamp at={bugcheck.occurredAt} />}
      >
        <div className="stack">
          <p className="sentence">{inWords(bugcheck)}</p>
          <Parameters bugcheck={bugcheck} />
          <dl className="facts">
            <dt>Place</dt>
            <dd>
              <code>{placeOf(bugcheck)}</code>
            </dd>
            <dt>Reported by</dt>
            <dd>{bugcheck.channels.length === 0 ? 'nobody' : bugcheck.channels.join(', ')}</dd>
            <dt>Known issue</dt>
            <dd>{bugcheck.knownIssue ?? 'none matched: a code alone never decides that'}</dd>
            <dt>Attempt</dt>
            <dd>
              <Link to={`/attempts/${bugcheck.attemptId}`}>
                {attempt.data === undefined
                  ? 'the migration'
                  : `${attempt.data.arm} #${attempt.data.ordinal}`}
              </Link>
            </dd>
          </dl>
        </div>
      </Panel>
      {attempt.data === undefined ? null : (
        <Panel title="The migration around it">
          <AttemptTimeline attempt={attempt.data} crashAt={bugcheck.occurredAt} />
        </Panel>
      )}
      <Panel title="Evidence">
        <EvidenceList evidence={bugcheck.evidence} />
      </Panel>
    </>
  );
}

function inWords(bugcheck: BugcheckView): string {
  const what =
    bugcheck.name === null
      ? (bugcheck.reason ?? 'A crash without a STOP code')
      : bugcheck.name.replaceAll('_', ' ').toLowerCase();
  const kind = classWord(bugcheck.codeClass);
  const after = bugcheck.msSinceSwitchover;
  const when =
    after === null
      ? ''
      : `, ${formatCount(Math.abs(after))} ms ${after < 0 ? 'before' : 'after'} switch-over`;
  const on = bugcheck.subject === 'host' ? bugcheck.host : bugcheck.vm;
  return (
    `${on ?? 'Unknown'} stopped ${phaseWord(bugcheck.phase)}${when}: ${what}` +
    `${kind === null ? '' : ` (usually: ${kind})`}.`
  );
}

function placeOf({ module, function: name, offset }: BugcheckView): string {
  if (module === null && name === null) return 'not known: no debugger has looked at it';
  const at = offset === null ? '' : `+0x${offset.toString(16)}`;
  return `${module ?? '?'}${name === null ? '' : `!${name}`}${at}`;
}

function Parameters({ bugcheck }: { readonly bugcheck: BugcheckView }) {
  if (bugcheck.parameters.length === 0) {
    return <p className="quiet">No channel carried the four parameters.</p>;
  }
  return (
    <table className="table parameters" aria-label="The four parameters">
      <tbody>
        {bugcheck.parameters.map((value, index) => (
          // oxlint-disable-next-line react/no-array-index-key
          <tr key={index}>
            <th scope="row">P{index + 1}</th>
            <td>
              <code>{value}</code>
            </td>
            <td>
              {bugcheck.parameterMeanings[index] || <span className="quiet">not documented</span>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
