import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { saveApiKey } from '../api/api-key.ts';
import type { Failure } from '../api/failure.ts';
import type { Snapshot } from '../api/resources.ts';
import { Link } from '../router/link.tsx';
import { Callout } from './mark.tsx';

interface LoadableProps<Body> {
  readonly of: Snapshot<Body>;
  /** What is being read, for people: `the campaigns`. */
  readonly what: string;
  readonly children: (body: Body) => ReactNode;
}

/** Loading, no permission, error, or the thing itself; what was known stays while the service is away. */
export function Loadable<Body>({ of, what, children }: LoadableProps<Body>) {
  if (of.data !== undefined && (of.failure === undefined || of.failure.kind === 'unreachable')) {
    return children(of.data);
  }
  if (of.failure !== undefined) return <FailureState failure={of.failure} what={what} />;
  return (
    <div role="status">
      <span className="visually-hidden">Reading {what} …</span>
      <div className="skeleton" />
    </div>
  );
}

export function FailureState({
  failure,
  what,
}: {
  readonly failure: Failure;
  readonly what: string;
}) {
  if (failure.kind === 'no-key') return <KeyEntry />;
  return (
    <div className="empty" role="alert">
      <h3>{failure.kind === 'unknown' ? `There is no such thing` : failure.title}</h3>
      <p>{failure.detail}</p>
      {failure.kind === 'forbidden' ? <KeyEntry /> : null}
      {failure.requestId === null ? null : (
        <p className="quiet small">
          Reading {what}. Request <code>{failure.requestId}</code>
        </p>
      )}
      {failure.kind === 'unknown' ? <Link to="/">Back to mission control</Link> : null}
    </div>
  );
}

/** What a person without permission sees: why, and where to put the key. */
function KeyEntry() {
  const [key, setKey] = useState('');
  const id = useId();
  function submit(event: FormEvent): void {
    event.preventDefault();
    saveApiKey(key.trim() === '' ? null : key.trim());
  }
  return (
    <form className="empty" onSubmit={submit}>
      <h3>This service asks for an API key</h3>
      <p>
        Paste a key with the role viewer, operator or admin. It stays in this tab and is forgotten
        when the tab is closed.
      </p>
      <div className="field">
        <label htmlFor={id}>API key</label>
        <input
          id={id}
          type="password"
          autoComplete="off"
          value={key}
          onChange={(event) => setKey(event.target.value)}
        />
      </div>
      <button type="submit" className="button primary">
        Use this key
      </button>
    </form>
  );
}

/** What an action that was refused says, with every fault of what was sent. */
export function Refusal({ failure }: { readonly failure: Failure | null }) {
  if (failure === null) return null;
  return (
    <div role="alert">
      <Callout tone="bad">
        <strong>{failure.title}.</strong> {failure.detail}
        {failure.faults.length === 0 ? null : (
          <ul>
            {failure.faults.map((fault) => (
              <li key={fault.pointer + fault.detail}>
                <code>{fault.pointer === '' ? '/' : fault.pointer}</code> {fault.detail}
              </li>
            ))}
          </ul>
        )}
      </Callout>
    </div>
  );
}

export function Empty({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ReactNode;
}) {
  return (
    <div className="empty">
      <h3>{title}</h3>
      {children}
    </div>
  );
}
