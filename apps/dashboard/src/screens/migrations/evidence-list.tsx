import type { EvidenceView } from '@gauntlet/shared/contracts/attempts';
import { apiRoot } from '../../api/http.ts';
import { formatBytes } from '../../format/numbers.ts';
import { DownloadButton } from '../../ui/download-button.tsx';
import { CopyButton } from '../../ui/shell-lines.tsx';

/** The raw proof, by its hash. */
export function EvidenceList({ evidence }: { readonly evidence: readonly EvidenceView[] }) {
  if (evidence.length === 0) return <p className="quiet">None was collected.</p>;
  return (
    <ul className="evidence">
      {evidence.map((item) => (
        <li key={item.sha256 + item.name}>
          <span>
            {item.href === null ? (
              <span>{item.name}</span>
            ) : (
              <DownloadButton
                path={item.href.replace(apiRoot, '')}
                name={item.name}
                className="link"
              >
                {item.name}
              </DownloadButton>
            )}{' '}
            <span className="quiet small">
              {item.kind}, {formatBytes(item.sizeBytes)}
              {item.href === null ? ', kept by the worker that collected it' : ''}
            </span>
          </span>
          <span className="row small">
            <code title={item.sha256}>{item.sha256.slice(0, 12)}…</code>
            <CopyButton text={item.sha256} what={`the SHA-256 of ${item.name}`} />
          </span>
        </li>
      ))}
    </ul>
  );
}
