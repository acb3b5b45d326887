import { type ReactNode, useState } from 'react';
import { authorization, readApiKey } from '../api/api-key.ts';
import { type Failure, toFailure, unreachable } from '../api/failure.ts';
import { apiRoot } from '../api/http.ts';
import { Refusal } from './loadable.tsx';

interface DownloadButtonProps {
  /** Below `/api/v1`. */
  readonly path: string;
  readonly name: string;
  readonly className?: string;
  /** Shown by the browser rather than saved, where no key is needed. */
  readonly inline?: boolean;
  readonly children: ReactNode;
}

/** A plain link, so that the browser streams to disk; with an API key the page must fetch it. */
export function DownloadButton(props: DownloadButtonProps) {
  const { path, name, className = 'button', inline, children } = props;
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  if (readApiKey() === null) {
    return (
      <a className={className} href={apiRoot + path} download={inline === true ? undefined : name}>
        {children}
      </a>
    );
  }
  async function download(): Promise<void> {
    setBusy(true);
    setFailure(await save(path, name));
    setBusy(false);
  }
  return (
    <>
      <button type="button" className={className} disabled={busy} onClick={() => void download()}>
        {children}
      </button>
      <Refusal failure={failure} />
    </>
  );
}

async function save(path: string, name: string): Promise<Failure | null> {
  try {
    const response = await fetch(apiRoot + path, { headers: authorization() });
    if (!response.ok) return await toFailure(response);
    const link = document.createElement('a');
    link.href = URL.createObjectURL(await response.blob());
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
    return null;
  } catch {
    return unreachable;
  }
}
