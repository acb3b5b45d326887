import { useEffect } from 'react';
import { navigate } from '../router/location.ts';
import { Dialog } from '../ui/dialog.tsx';
import { navGroups } from './nav.tsx';

interface ShortcutActions {
  readonly openHelp: () => void;
  readonly openStop: () => void;
}

const navKeys = new Map(
  navGroups.flatMap((group) => group.entries.map((entry) => [entry.key, entry.to] as const)),
);

/** Plain keys, and only where nobody is typing; none takes a browser's or a reader's own keys. */
export function useShortcuts({ openHelp, openStop }: ShortcutActions): void {
  useEffect(() => {
    let afterG = false;
    function onKey(event: KeyboardEvent): void {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const target = afterG ? navKeys.get(event.key) : undefined;
      afterG = event.key === 'g';
      if (target !== undefined) navigate(target);
      else if (event.key === '?') openHelp();
      else if (event.key === 'S') openStop();
      else if (event.key === '/') focusFilter(event);
      else if (event.key === 'j' || event.key === 'k') moveRow(event.key === 'j' ? 1 : -1);
    }
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [openHelp, openStop]);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.closest('input, select, textarea, [contenteditable]') !== null ||
      target.closest('dialog[open]') !== null)
  );
}

function focusFilter(event: KeyboardEvent): void {
  const field = document.querySelector<HTMLElement>('main .filter input, main .filter select');
  if (field === null) return;
  event.preventDefault();
  field.focus();
}

/** `j` and `k` go through the first links of a list's rows. */
function moveRow(step: number): void {
  const rows = [
    ...document.querySelectorAll<HTMLElement>(
      'main [data-rows] a[data-row], main [data-rows] [data-row] a',
    ),
  ];
  if (rows.length === 0) return;
  const here = rows.indexOf(document.activeElement as HTMLElement);
  const next = here < 0 ? 0 : Math.min(Math.max(here + step, 0), rows.length - 1);
  rows[next]?.focus();
}

export function ShortcutHelp({
  open,
  onClose,
}: {
  readonly open: boolean;
  readonly onClose: () => void;
}) {
  return (
    <Dialog open={open} onClose={onClose} title="Keyboard shortcuts">
      <dl className="facts">
        <Shortcut keys={['?']} text="this list" />
        <Shortcut keys={['Shift', 'S']} text="STOP: the kill switch" />
        <Shortcut keys={['/']} text="to the filter of this screen" />
        <Shortcut keys={['j']} text="next row" />
        <Shortcut keys={['k']} text="previous row" />
        {navGroups.flatMap((group) =>
          group.entries.map((entry) => (
            <Shortcut key={entry.to} keys={['g', entry.key]} text={entry.text} />
          )),
        )}
      </dl>
      <p className="quiet small">In charts: arrow keys move the cursor, Home and End jump.</p>
    </Dialog>
  );
}

function Shortcut({ keys, text }: { readonly keys: readonly string[]; readonly text: string }) {
  return (
    <>
      <dt>
        {keys.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}
      </dt>
      <dd>{text}</dd>
    </>
  );
}
