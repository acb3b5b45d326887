import { type ReactNode, useId } from 'react';

interface PanelProps {
  readonly title: string;
  readonly note?: ReactNode;
  readonly actions?: ReactNode;
  /** No padding: tables and lists reach the frame. */
  readonly flush?: boolean;
  readonly children: ReactNode;
}

export function Panel({ title, note, actions, flush, children }: PanelProps) {
  const id = useId();
  return (
    <section className="panel" aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {note === undefined ? null : <p>{note}</p>}
        {actions}
      </header>
      <div className={flush === true ? 'panel-body flush' : 'panel-body'}>{children}</div>
    </section>
  );
}

interface ScreenHeadProps {
  readonly title: string;
  readonly crumbs?: ReactNode;
  readonly lead?: ReactNode;
  readonly children?: ReactNode;
}

/** The head of a screen: where one is, what it is, what one can do. */
export function ScreenHead({ title, crumbs, lead, children }: ScreenHeadProps) {
  return (
    <div className="screen-head">
      <div>
        {crumbs === undefined ? null : <div className="crumbs">{crumbs}</div>}
        <h1>{title}</h1>
        {lead === undefined ? null : <p>{lead}</p>}
      </div>
      {children}
    </div>
  );
}

export function Reading({
  label,
  children,
  note,
}: {
  readonly label: string;
  readonly children: ReactNode;
  readonly note?: ReactNode;
}) {
  return (
    <div>
      <dt>{label}</dt>
      <dd>
        {children}
        {note === undefined ? null : <small>{note}</small>}
      </dd>
    </div>
  );
}
