import type { BugcheckSubject } from '@gauntlet/shared/domain/bugcheck';
import { type EventFinding, toFinding } from '@gauntlet/shared/evidence/event-finding';
import { parseWindowsEvent } from '@gauntlet/shared/evidence/windows-event';
import type { Desk } from './desk.ts';
import type { EventPage } from './operations.ts';

export interface SeenEvent {
  readonly recordId: bigint;
  readonly xml: string;
  readonly finding: EventFinding;
}

export type LogRead =
  | { readonly kind: 'read'; readonly events: readonly SeenEvent[]; readonly lost: boolean }
  | { readonly kind: 'failed'; readonly reason: string };

export interface LogQuery {
  readonly host: string;
  readonly log: string;
  readonly ids: readonly number[];
  /** Whose log it is, for records that do not say. */
  readonly subject: BugcheckSubject | null;
}

const pageSize = 50;
const pagesMax = 20;

/**
 * Reads logs forward from where they were left. A log that wrapped or was cleared in between has
 * lost records, and says so: silence about them would look like a clean guest.
 */
export interface LogReader {
  /** Begins at this record if the log is not read yet. */
  begin(host: string, log: string, recordId: bigint): void;
  readNew(query: LogQuery, signal: AbortSignal): Promise<LogRead>;
  forget(): void;
}

export function createLogReader(desk: Desk): LogReader {
  const marks = new Map<string, bigint>();

  async function readNew(query: LogQuery, signal: AbortSignal): Promise<LogRead> {
    const { host, log, ids } = query;
    const key = `${host}\n${log}`;
    const events: SeenEvent[] = [];
    let lost = false;
    for (let page = 0; page < pagesMax; page += 1) {
      const after = marks.get(key) ?? 0n;
      const args = { host, log, afterRecordId: String(after), ids, countMax: pageSize };
      const tried = await desk.tryTo('events.read', args, { signal });
      if (tried.kind !== 'answer') return { kind: 'failed', reason: reasonOf(tried) };
      lost ||= hasLost(tried.data, after);
      const seen = toSeen(tried.data, query.subject);
      events.push(...seen.filter((event) => event.recordId > after || lost));
      marks.set(key, markAfter(tried.data, after));
      if (!tried.data.more) break;
    }
    return { kind: 'read', events, lost };
  }

  return {
    begin(host, log, recordId) {
      const key = `${host}\n${log}`;
      if (!marks.has(key)) marks.set(key, recordId);
    },
    readNew,
    forget: () => marks.clear(),
  };
}

function hasLost({ oldestRecordId, newestRecordId }: EventPage, after: bigint): boolean {
  const newest = newestRecordId === null ? 0n : BigInt(newestRecordId);
  if (newest < after) return true;
  return oldestRecordId !== null && after > 0n && BigInt(oldestRecordId) > after + 1n;
}

/** Past the page's last record, or, when nothing of it concerns us, past the log's newest. */
function markAfter({ events, more, newestRecordId }: EventPage, after: bigint): bigint {
  const last = events.reduce((highest, { recordId }) => {
    const value = BigInt(recordId);
    return value > highest ? value : highest;
  }, 0n);
  if (more) return last > 0n ? last : after;
  const newest = newestRecordId === null ? 0n : BigInt(newestRecordId);
  return newest < after ? newest : [after, last, newest].reduce((a, b) => (a > b ? a : b));
}

export function toSeen(
  { events }: Pick<EventPage, 'events'>,
  subject: BugcheckSubject | null,
): SeenEvent[] {
  return events.flatMap(({ recordId, xml }) => {
    const event = parseWindowsEvent(xml);
    if ('fault' in event) return [];
    return [
      { recordId: BigInt(recordId), xml, finding: toFinding(event, { subject, guestOs: null }) },
    ];
  });
}

function reasonOf(tried: { kind: 'refused' | 'fault' } & object): string {
  const { error, detail } = tried as { error?: { message: string }; detail?: string };
  return (error?.message ?? detail ?? 'no answer').slice(0, 500);
}
