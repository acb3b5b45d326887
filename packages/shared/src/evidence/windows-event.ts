import { type Instant, parseIso } from '../kernel/instant.ts';
import { childOf, parseXml, type XmlElement } from './xml.ts';

/** One record of a Windows event log, as `Get-WinEvent`'s ToXml or a saved file has it. */
export interface WindowsEvent {
  readonly provider: string;
  /** Lower-case, without braces; null when the record has none (classic sources). */
  readonly providerGuid: string | null;
  readonly id: number;
  /** 1 critical, 2 error, 3 warning, 4 information; null when it is missing. */
  readonly level: number | null;
  readonly version: number | null;
  /** The log it stands in: `System`, `Microsoft-Windows-Hyper-V-Worker-Admin`. */
  readonly channel: string | null;
  readonly computer: string | null;
  /** A decimal string, because a record id has 64 bits; null when it is missing. */
  readonly recordId: string | null;
  readonly at: Instant | null;
  readonly processId: number | null;
  readonly userSid: string | null;
  /** EventData and UserData by name; unnamed EventData as `0`, `1`, ... */
  readonly data: ReadonlyMap<string, string>;
  /** The rendered text where the record brings one; it is localised, so it is only ever a hint. */
  readonly message: string | null;
}

export interface EventFault {
  readonly fault: string;
}

/** Reads one `<Event>`, or the first of an `<Events>` list. */
export function parseWindowsEvent(xml: string): WindowsEvent | EventFault {
  const events = parseWindowsEvents(xml);
  if ('fault' in events) return events;
  return events[0] ?? { fault: 'There is no <Event>.' };
}

/** Reads one `<Event>` or every one of an `<Events>` list, in their order. */
export function parseWindowsEvents(xml: string): readonly WindowsEvent[] | EventFault {
  const parsed = parseXml(xml);
  if ('fault' in parsed) return parsed;
  const { root } = parsed;
  const elements =
    root.name === 'Event' ? [root] : root.children.filter((child) => child.name === 'Event');
  const events: WindowsEvent[] = [];
  for (const element of elements) {
    const event = toEvent(element);
    if ('fault' in event) return event;
    events.push(event);
  }
  return events;
}

function toEvent(element: XmlElement): WindowsEvent | EventFault {
  const system = childOf(element, 'System');
  if (system === undefined) return { fault: 'The event has no <System>.' };
  const provider = childOf(system, 'Provider')?.attributes;
  const id = toInteger(childOf(system, 'EventID')?.text);
  if (id === null) return { fault: 'The event has no <EventID>.' };
  const rendering = childOf(element, 'RenderingInfo');
  return {
    // Classic sources are named in EventSourceName when a manifest gave them a longer name.
    provider: provider?.get('Name') ?? provider?.get('EventSourceName') ?? '',
    providerGuid: toGuid(provider?.get('Guid')),
    id,
    level: toInteger(childOf(system, 'Level')?.text),
    version: toInteger(childOf(system, 'Version')?.text),
    channel: childOf(system, 'Channel')?.text ?? null,
    computer: childOf(system, 'Computer')?.text ?? null,
    recordId: toRecordId(childOf(system, 'EventRecordID')?.text),
    at: toTime(childOf(system, 'TimeCreated')?.attributes.get('SystemTime')),
    processId: toInteger(childOf(system, 'Execution')?.attributes.get('ProcessID')),
    userSid: childOf(system, 'Security')?.attributes.get('UserID') ?? null,
    data: readData(element),
    message: rendering === undefined ? null : (childOf(rendering, 'Message')?.text ?? null),
  };
}

function readData(element: XmlElement): Map<string, string> {
  const data = new Map<string, string>();
  const eventData = childOf(element, 'EventData');
  eventData?.children
    .filter((child) => child.name === 'Data')
    .forEach((child, index) => {
      data.set(child.attributes.get('Name') ?? String(index), child.text);
    });
  // UserData holds one element of the provider's own with the fields inside.
  for (const own of childOf(element, 'UserData')?.children ?? []) {
    for (const field of own.children) data.set(field.name, field.text);
  }
  return data;
}

function toInteger(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,10}$/.test(text) ? Number(text) : null;
}

function toRecordId(text: string | undefined): string | null {
  return text !== undefined && /^\d{1,20}$/.test(text) ? text : null;
}

/** Windows writes up to nine digits of a second; an Instant has three. */
function toTime(text: string | undefined): Instant | null {
  const match = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?Z?$/.exec(text ?? '');
  if (match === null) return null;
  const ms = (match[2] ?? '').padEnd(3, '0').slice(0, 3);
  return parseIso(`${match[1]}.${ms}Z`) ?? null;
}

const guid = /^\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?$/i;

/** A GUID in the form VM ids have here: lower-case, no braces; null when it is none. */
export function toGuid(text: string | undefined): string | null {
  return guid.exec(text?.trim() ?? '')?.[1]?.toLowerCase() ?? null;
}

/**
 * The VM a worker process speaks for: the account `S-1-5-83-1-a-b-c-d` is the VM's GUID, each part
 * four of its bytes in little-endian order.
 */
export function vmIdOfSid(sid: string): string | null {
  const match = /^S-1-5-83-1-(\d{1,10})-(\d{1,10})-(\d{1,10})-(\d{1,10})$/.exec(sid);
  if (match === null) return null;
  const parts = match.slice(1).map(Number);
  if (parts.some((part) => part > 0xffffffff)) return null;
  const [a = 0, b = 0, c = 0, d = 0] = parts;
  const tail = [c, d].map(bytesOf).join('');
  return [hex(a, 8), hex(b & 0xffff, 4), hex(b >>> 16, 4), tail.slice(0, 4), tail.slice(4)].join(
    '-',
  );
}

/** The four bytes of a number, lowest first. */
function bytesOf(value: number): string {
  return [0, 8, 16, 24].map((shift) => hex((value >>> shift) & 0xff, 2)).join('');
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
