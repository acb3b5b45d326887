import {
  parseWindowsEvent,
  toGuid,
  type WindowsEvent,
} from '@gauntlet/shared/evidence/windows-event';
import type { Instant } from '@gauntlet/shared/kernel/instant';
import type { Desk } from './desk.ts';
import { idsOf, logs } from './hyperv-logs.ts';

/** Where the logs of both hosts stood before a migration began. */
export type Marks = ReadonlyMap<string, string>;

const eventsMax = 100;

/** Marks the logs of these hosts. What cannot be marked is not read afterwards. */
export async function markLogs(
  desk: Desk,
  hosts: readonly string[],
  signal?: AbortSignal,
): Promise<Marks> {
  const marks = new Map<string, string>();
  for (const host of hosts) {
    const wanted = [logs.vmms, logs.availability];
    const tried = await desk.tryTo('events.mark', { host, logs: wanted }, { signal });
    if (tried.kind !== 'answer') continue;
    for (const { log, exists, newestRecordId } of tried.data.marks) {
      if (exists) marks.set(keyOf(host, log), newestRecordId ?? '0');
    }
  }
  return marks;
}

async function readSince(
  desk: Desk,
  marks: Marks,
  { host, log, ids }: { host: string; log: string; ids: readonly number[] },
): Promise<WindowsEvent[]> {
  const afterRecordId = marks.get(keyOf(host, log));
  if (afterRecordId === undefined) return [];
  const args = { host, log, afterRecordId, ids, countMax: eventsMax };
  const tried = await desk.tryTo('events.read', args);
  if (tried.kind !== 'answer') return [];
  return tried.data.events.flatMap(({ xml }) => {
    const event = parseWindowsEvent(xml);
    return 'fault' in event ? [] : [event];
  });
}

export interface Completion {
  readonly at: Instant | null;
  readonly blackoutMs: number | null;
}

/**
 * The hosts' own word of a completed migration: the only independent clock of the hand-over.
 * null when neither host wrote one (yet).
 */
export async function readCompletion(
  desk: Desk,
  marks: Marks,
  { vmId, hosts }: { vmId: string; hosts: readonly string[] },
): Promise<Completion | null> {
  const found: WindowsEvent[] = [];
  for (const host of hosts) {
    const events = await readSince(desk, marks, { host, log: logs.vmms, ids: idsOf.completions });
    found.push(...events.filter((event) => toGuid(event.data.get('Parameter1')) === vmId));
  }
  const timed = found.find((event) => blackoutOf(event) !== null) ?? found[0];
  return timed === undefined ? null : { at: timed.at, blackoutMs: blackoutOf(timed) };
}

/** Events 20415 and 20417: seconds, with the decimal mark of the host's language. */
export function blackoutOf({ id, data }: WindowsEvent): number | null {
  if (id !== 20415 && id !== 20417) return null;
  const text = (data.get('Parameter2') ?? '').trim().replace(',', '.');
  return /^\d{1,6}(\.\d{1,6})?$/.test(text) ? Math.round(Number(text) * 1000) : null;
}

/** What the High-Availability logs say of a failed migration of this VM. */
export async function readFailures(
  desk: Desk,
  marks: Marks,
  { vmId, vmName, hosts }: { vmId: string; vmName: string; hosts: readonly string[] },
): Promise<{ id: number; text: string }[]> {
  const found: { id: number; text: string }[] = [];
  for (const host of hosts) {
    const target = { host, log: logs.availability, ids: idsOf.failures };
    for (const event of await readSince(desk, marks, target)) {
      const text = [...event.data.values(), event.message ?? ''].join(' ').slice(0, 2000);
      const isOurs = text.toLowerCase().includes(vmId) || text.includes(vmName);
      if (isOurs) found.push({ id: event.id, text });
    }
  }
  return found.slice(0, 10);
}

function keyOf(host: string, log: string): string {
  return `${host}\n${log}`;
}
