import type { MouseEvent, ReactNode } from 'react';
import { navigate } from './location.ts';

interface LinkProps {
  readonly to: string;
  readonly children: ReactNode;
  readonly className?: string;
  readonly current?: boolean;
  readonly label?: string;
}

/** A plain anchor that changes the screen without loading the page anew. */
export function Link({ to, children, className, current, label }: LinkProps) {
  return (
    <a
      href={to}
      className={className}
      aria-current={current === true ? 'page' : undefined}
      aria-label={label}
      onClick={(event) => follow(event, to)}
    >
      {children}
    </a>
  );
}

function follow(event: MouseEvent, to: string): void {
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
  if (!plain || event.altKey || event.defaultPrevented) return;
  event.preventDefault();
  navigate(to);
}
