import { type ReactNode, useRef, useState } from 'react';
import type { Failure } from '../api/failure.ts';
import { type Action, send } from '../api/http.ts';
import { refresh } from '../api/resources.ts';

/** Sends actions: one at a time, each under its own idempotency key until it was answered. */
export function useAction(onDone?: (body: unknown) => void) {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const key = useRef<{ of: string; key: string } | null>(null);

  async function run(action: Action): Promise<void> {
    if (busy) return;
    setBusy(true);
    setFailure(null);
    const of = JSON.stringify(action);
    if (key.current?.of !== of) key.current = { of, key: crypto.randomUUID() };
    const answer = await send<unknown>(
      action,
      action.method === 'POST' ? key.current.key : undefined,
    );
    setBusy(false);
    if (answer.kind === 'failed') {
      // An answer that never came may still have been done: the same key asks about the same act.
      if (answer.failure.kind !== 'unreachable') key.current = null;
      setFailure(answer.failure);
      return;
    }
    key.current = null;
    refresh('/');
    onDone?.(answer.kind === 'body' ? answer.body : null);
  }
  return { busy, failure, run };
}

interface ActionButtonProps {
  readonly action: Action;
  readonly children: ReactNode;
  readonly className?: string;
  readonly onFailure: (failure: Failure | null) => void;
  readonly disabled?: boolean;
  readonly keyShortcut?: string;
}

export function ActionButton(props: ActionButtonProps) {
  const { action, children, className, onFailure, disabled, keyShortcut } = props;
  const [busy, setBusy] = useState(false);
  async function run(): Promise<void> {
    setBusy(true);
    onFailure(null);
    const answer = await send(action, action.method === 'POST' ? crypto.randomUUID() : undefined);
    setBusy(false);
    if (answer.kind === 'failed') onFailure(answer.failure);
    refresh('/');
  }
  return (
    <button
      type="button"
      className={`button ${className ?? ''}`}
      disabled={busy || disabled === true}
      aria-keyshortcuts={keyShortcut}
      onClick={() => void run()}
    >
      {children}
    </button>
  );
}
