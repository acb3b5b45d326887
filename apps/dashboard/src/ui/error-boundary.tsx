import { Component, type ReactNode } from 'react';
import { Callout } from './mark.tsx';

interface Props {
  /** A change of it tries again: another screen is another chance. */
  readonly resetKey: string;
  readonly children: ReactNode;
}

interface State {
  readonly failed: boolean;
  readonly resetKey: string;
}

/**
 * What a screen that threw becomes; the rest, STOP above all, stays. The usual cause is a screen
 * whose file went away because the service was updated. A class, since React has no other way.
 */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { failed: false, resetKey: this.props.resetKey };

  static getDerivedStateFromError(): Partial<State> {
    return { failed: true };
  }

  static getDerivedStateFromProps({ resetKey }: Props, state: State): State | null {
    return resetKey === state.resetKey ? null : { failed: false, resetKey };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <div role="alert">
        <Callout tone="bad">
          <strong>This screen could not be shown.</strong> The service may have been updated since
          the page was opened.{' '}
          <button type="button" className="button" onClick={() => location.reload()}>
            Load the page anew
          </button>
        </Callout>
      </div>
    );
  }
}
