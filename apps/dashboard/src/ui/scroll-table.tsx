import type { ReactNode } from 'react';

/** A table that may be wider than the screen: the keyboard can reach and scroll it. */
export function ScrollTable({
  label,
  className = '',
  children,
}: {
  readonly label: string;
  readonly className?: string;
  readonly children: ReactNode;
}) {
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className="scroll-x" tabIndex={0} role="region" aria-label={label}>
      <table className={`table ${className}`} aria-label={label}>
        {children}
      </table>
    </div>
  );
}
