import type { KnownIssueView } from '@gauntlet/shared/contracts/clusters';
import { useResource } from '../../api/use-resource.ts';
import { plural } from '../../format/numbers.ts';
import type { Word } from '../../format/words.ts';
import { Loadable } from '../../ui/loadable.tsx';
import { StateWord } from '../../ui/mark.tsx';
import { Panel } from '../../ui/panel.tsx';
import { ScrollTable } from '../../ui/scroll-table.tsx';
import { TableHead } from '../../ui/table-head.tsx';

type Subject = KnownIssueView['subjects'][number];

const exposureWords = {
  exposed: { text: 'exposed', tone: 'bad', shape: 'diamond' },
  fixed: { text: 'fixed', tone: 'ok', shape: 'disc' },
  'not-applicable': { text: 'not applicable', tone: 'mute', shape: 'bar' },
  unknown: { text: 'unknown', tone: 'warn', shape: 'half' },
} as const satisfies Record<Subject['exposure'], Word>;

/** Each published defect against every host and VM, with the versions the answer was read from. */
export function KnownIssuesPanel({ clusterId }: { readonly clusterId: string }) {
  const issues = useResource<{ items: readonly KnownIssueView[] }>(
    `/clusters/${clusterId}/known-issues`,
    30_000,
  );
  return (
    <Panel title="Known issues" flush>
      <Loadable of={issues} what="the known issues">
        {({ items }) => (
          <ul className="issues">
            {items.map((issue) => (
              <li key={issue.id}>
                <Issue issue={issue} />
              </li>
            ))}
          </ul>
        )}
      </Loadable>
    </Panel>
  );
}

function Issue({ issue }: { readonly issue: KnownIssueView }) {
  const states = Object.keys(exposureWords) as readonly Subject['exposure'][];
  return (
    <details>
      <summary>
        <span className="issue-title">
          <strong>{issue.id}</strong> {issue.title}
        </span>
        <span className="row issue-counts">
          {states.map((state) => {
            const count = issue.subjects.filter((subject) => subject.exposure === state).length;
            const word = exposureWords[state];
            return count === 0 ? null : (
              <StateWord key={state} word={{ ...word, text: `${count} ${word.text}` }} />
            );
          })}
        </span>
      </summary>
      <ScrollTable label={`Exposure to ${issue.id}: ${plural(issue.subjects.length, 'subject')}`}>
        <TableHead columns={['Host or VM', 'Exposure', 'Because', 'Versions read']} />
        <tbody>
          {issue.subjects.map((subject) => (
            <tr key={subject.kind + subject.name}>
              <th scope="row">
                {subject.name} <span className="quiet small">{subject.kind}</span>
              </th>
              <td>
                <StateWord word={exposureWords[subject.exposure]} />
              </td>
              <td>{subject.because}</td>
              <td className="small">
                {subject.filesRead.map((file) => `${file.name} ${file.version}`).join(', ')}
              </td>
            </tr>
          ))}
        </tbody>
      </ScrollTable>
    </details>
  );
}
