import type { BugcheckSubject, StopError } from '../domain/bugcheck.ts';
import { baseStopCode, isLiveDump } from '../domain/stop-codes.ts';
import type { Instant } from '../kernel/instant.ts';
import { type EventKind, type EventMeaning, findMeaning } from './event-catalogue.ts';
import { normalizeParameter, parseStopCode } from './hex.ts';
import { toGuid, vmIdOfSid, type WindowsEvent } from './windows-event.ts';

export interface EventFinding {
  readonly kind: EventKind;
  /** A few words for people. */
  readonly meaning: string;
  /** `event-18590`, `event-1001`, ...: how a bugcheck names the channel that saw it. */
  readonly channel: string;
  /** The STOP error, for the two kinds of bugcheck; null otherwise. */
  readonly stop: StopError | null;
  readonly vmId: string | null;
  readonly vmName: string | null;
  readonly dumpPath: string | null;
  readonly at: Instant | null;
  /** `next-boot`: `at` is when the system came back, an unknown while after it crashed. */
  readonly timeIs: 'crash' | 'next-boot';
}

export interface EventOrigin {
  /** Whose log it came from; null: nobody knows, and only 0x20001 can speak for a host. */
  readonly subject: BugcheckSubject | null;
  /** The guest's operating system; null when unknown. */
  readonly guestOs: string | null;
}

/** What one event says about crashes: pure, so that stored records can be judged anew. */
export function toFinding(event: WindowsEvent, origin: EventOrigin = nobody): EventFinding {
  const meaning = findMeaning(event);
  if (meaning === undefined) {
    return { ...bareFinding(event), kind: 'other', meaning: 'not about crashes' };
  }
  const finding = { ...bareFinding(event), ...pick(meaning) };
  switch (meaning.reader) {
    case 'worker-fatal-error':
      return { ...finding, stop: readFatalError(event, origin.guestOs) };
    case 'error-reporting':
      return readErrorReporting(event, finding, origin);
    case 'kernel-power':
      return readKernelPower(event, finding, origin);
    default:
      return finding;
  }
}

const nobody: EventOrigin = { subject: null, guestOs: null };
const absentStop = { module: null, function: null, offset: null, reason: null } as const;

function pick({ kind, meaning, name }: EventMeaning) {
  return { kind, meaning, channel: name };
}

function bareFinding(event: WindowsEvent): EventFinding {
  const { data } = event;
  return {
    kind: 'other',
    meaning: '',
    channel: `event-${event.id}`,
    stop: null,
    vmId: vmIdOf(event),
    vmName: data.get('VmName') ?? null,
    dumpPath: null,
    at: event.at,
    timeIs: 'crash',
  };
}

function vmIdOf({ data, userSid }: WindowsEvent): string | null {
  const named = toGuid(data.get('VmId') ?? data.get('VMID') ?? data.get('VirtualMachineId'));
  if (named !== null) return named;
  return userSid === null ? null : vmIdOfSid(userSid);
}

/**
 * Event 18590: from Windows guests ErrorCode0 is the STOP code and 1 to 4 its parameters; from a
 * Linux guest they are registers and say nothing about a code.
 */
function readFatalError(event: WindowsEvent, guestOs: string | null): StopError {
  const codes = errorCodesOf(event);
  const text = event.data.get('VmErrorMessage') ?? event.message ?? '';
  const code = codes[0] === undefined ? null : parseEventCode(codes[0]);
  // No STOP error has the code 0: it is what Linux guests put there.
  if (isOtherThanWindows(guestOs, text) || code === null || code === 0) {
    return { ...absentStop, code: null, parameters: [], reason: panicReasonOf(text) };
  }
  return { ...absentStop, code, parameters: normalizeAll(codes.slice(1)) };
}

/** The five codes from the record's fields, else from its text (`ErrorCode0: 0xD1, ...`). */
function errorCodesOf({ data, message }: WindowsEvent): string[] {
  const fields = [0, 1, 2, 3, 4].map((index) => data.get(`VmErrorCode${index}`));
  if (fields[0] !== undefined) return fields.map((field) => field ?? '');
  const text = (message ?? data.get('VmErrorMessage') ?? '').slice(0, 4096);
  const inText = [...text.matchAll(/ErrorCode([0-4]):\s*(0x[0-9A-F]{1,16})/gi)];
  return inText.map((match) => match[2] ?? '');
}

function isOtherThanWindows(guestOs: string | null, text: string): boolean {
  if (guestOs !== null) return !/windows/i.test(guestOs);
  return /Guest message:/i.test(text);
}

function panicReasonOf(text: string): string {
  const message = /Guest message:\s*([^\r\n]{1,1000})/i.exec(text)?.[1]?.trim();
  return message === undefined || message === '' ? 'the guest reported a panic' : message;
}

/** `0xd1` as hexadecimal, bare digits as decimal. */
function parseEventCode(text: string): number | null {
  const trimmed = text.trim();
  if (!/^\d{1,10}$/.test(trimmed)) return parseStopCode(trimmed);
  const value = Number(trimmed);
  return value <= 0xffffffff ? value : null;
}

/** Event 1001: `0x000000d1 (0x..., 0x..., 0x..., 0x...)`, then the path of the dump. */
function readErrorReporting(
  { data }: WindowsEvent,
  finding: EventFinding,
  origin: EventOrigin,
): EventFinding {
  const text = data.get('param1') ?? data.get('0') ?? '';
  const match = /^\s*(0x[0-9a-f]{1,8})\s*(?:\(([^)]{0,200})\))?/i.exec(text);
  const code = match === null ? null : parseStopCode(match[1] ?? '');
  const parameters = normalizeAll((match?.[2] ?? '').split(','));
  const dumpPath = data.get('param2') ?? data.get('1') ?? null;
  return asBugcheck({ ...finding, dumpPath }, { ...absentStop, code, parameters }, origin);
}

/** Event 41: here, and only here, the code is decimal; 0 means a power cut or a hard reset. */
function readKernelPower(
  { data }: WindowsEvent,
  finding: EventFinding,
  origin: EventOrigin,
): EventFinding {
  const text = (data.get('BugcheckCode') ?? '0').trim();
  const code = /^\d{1,10}$/.test(text) ? Number(text) : parseStopCode(text);
  if (code === null || code === 0 || code > 0xffffffff) {
    const meaning = 'reset or power cut without a bugcheck';
    return { ...finding, kind: 'guest-reset', meaning, timeIs: 'next-boot' };
  }
  const parameters = normalizeAll(
    [1, 2, 3, 4].map((index) => data.get(`BugcheckParameter${index}`) ?? ''),
  );
  return asBugcheck(finding, { ...absentStop, code, parameters }, origin);
}

function asBugcheck(finding: EventFinding, stop: StopError, origin: EventOrigin): EventFinding {
  if (stop.code !== null && isLiveDump(stop.code)) {
    return { ...finding, kind: 'other', meaning: 'a dump of a system that kept running' };
  }
  const subject = origin.subject ?? (isHypervisorError(stop.code) ? 'host' : 'guest');
  const kind = subject === 'host' ? 'host-bugcheck' : 'guest-bugcheck';
  return { ...finding, kind, stop, timeIs: 'next-boot' };
}

function isHypervisorError(code: number | null): boolean {
  return code !== null && baseStopCode(code) === 0x20001;
}

/** All four, or none: half a set of parameters would only look like knowledge. */
function normalizeAll(texts: readonly string[]): string[] {
  const values = texts.map(normalizeParameter);
  return values.length === 4 && values.every((value) => value !== null) ? values : [];
}
