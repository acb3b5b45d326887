import type { ReportEventView } from '@gauntlet/shared/contracts/reports';
import { type Instant, toIso } from '@gauntlet/shared/kernel/instant';

/** A guard trip or a change of state, as it was noted when it happened. */
export interface Mark {
  readonly kind: 'guard' | 'state';
  readonly at: Instant;
  readonly data: Readonly<Record<string, unknown>>;
}

/** One line a mark, oldest first. */
export function toReportEvents(newestFirst: readonly Mark[]): ReportEventView[] {
  return newestFirst
    .toReversed()
    .map((mark) => ({ at: toIso(mark.at), kind: mark.kind, text: textOf(mark) }));
}

function textOf({ kind, data }: Mark): string {
  if (kind === 'guard') return `guard ${word(data['guard'])} tripped: ${word(data['because'])}`;
  if ('putBack' in data) return putBackText(data['putBack']);
  const because = data['because'];
  const from = data['from'];
  const change = typeof from === 'string' ? `${from} → ${word(data['state'])}` : 'started';
  return typeof because === 'string' ? `${change}: ${because}` : change;
}

function putBackText(putBack: unknown): string {
  const { vms, differences } = (putBack ?? {}) as { vms?: unknown; differences?: unknown };
  const left = Array.isArray(differences) ? differences.map(word) : [];
  const moved = typeof vms === 'number' ? `${vms} VMs` : 'VMs';
  if (left.length === 0) return `put back: ${moved} stand where they stood before`;
  return `put back: ${moved}; not as before: ${left.slice(0, 20).join('; ')}`;
}

/** Guards by name, with the value at their last trip. */
export function trippedGuards(newestFirst: readonly Mark[]): ReadonlyMap<string, number | null> {
  const guards = newestFirst.filter((mark) => mark.kind === 'guard').toReversed();
  return new Map(
    guards.map(({ data }) => {
      const value = data['value'];
      return [word(data['guard']), typeof value === 'number' ? value : null];
    }),
  );
}

function word(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? 'unknown' : JSON.stringify(value);
}
