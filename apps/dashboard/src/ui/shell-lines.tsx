import { useState } from 'react';
import { readApiKey } from '../api/api-key.ts';
import type { Action } from '../api/http.ts';
import { toShellLines } from '../format/shell-lines.ts';

/** "The same from a shell": the cURL and the PowerShell line of each action. */
export function ShellLines({ actions }: { readonly actions: readonly NamedAction[] }) {
  const withKey = readApiKey() !== null;
  return (
    <details className="shell-lines">
      <summary>The same from a shell</summary>
      {actions.map(({ name, action }) => {
        const lines = toShellLines(action, location.origin, withKey);
        return (
          <div key={name}>
            <h3 className="label">{name}</h3>
            <ShellLine name={`${name} with cURL`} text={lines.curl} />
            <ShellLine name={`${name} with PowerShell`} text={lines.powershell} />
          </div>
        );
      })}
    </details>
  );
}

export interface NamedAction {
  readonly name: string;
  readonly action: Action;
}

function ShellLine({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <div className="shell-line">
      {/* Long lines scroll, so the keyboard must reach them. */}
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <pre tabIndex={0} role="region" aria-label={name}>
        {text}
      </pre>
      <CopyButton text={text} what={name} />
    </div>
  );
}

export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  const [copied, setCopied] = useState(false);
  async function copy(): Promise<void> {
    await navigator.clipboard.writeText(text);
    setCopied(true);
  }
  return (
    <button
      type="button"
      className="button bare"
      aria-label={`Copy ${what}`}
      onClick={() => void copy().catch(() => setCopied(false))}
    >
      {copied ? 'Copied' : 'Copy'}
    </button>
  );
}
