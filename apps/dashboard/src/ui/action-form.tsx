import type { FormEvent, ReactNode } from 'react';
import type { Action } from '../api/http.ts';
import type { useAction } from './action-button.tsx';
import { Refusal } from './loadable.tsx';
import { ShellLines } from './shell-lines.tsx';

interface ActionFormProps {
  readonly sender: ReturnType<typeof useAction>;
  readonly action: Action;
  /** What the action is called in the lines for a shell. */
  readonly name: string;
  /** The words on its button. */
  readonly submit: string;
  readonly ready: boolean;
  readonly quiet?: boolean;
  /** What is said once it is done. */
  readonly done?: ReactNode;
  readonly children: ReactNode;
}

/** Fields that make one action: its button, why it was refused, and the same from a shell. */
export function ActionForm(props: ActionFormProps) {
  const { sender, action, name, submit, ready, quiet, done, children } = props;
  function send(event: FormEvent): void {
    event.preventDefault();
    void sender.run(action);
  }
  return (
    <form className="stack form" onSubmit={send}>
      {children}
      <button
        type="submit"
        className={quiet === true ? 'button' : 'button primary'}
        disabled={sender.busy || !ready}
      >
        {submit}
      </button>
      <Refusal failure={sender.failure} />
      {done}
      <ShellLines actions={[{ name, action }]} />
    </form>
  );
}
