import { addMs, type Instant, toInstant } from '../kernel/instant.ts';
import {
  type DumpDriver,
  type FaultingDriver,
  findFaultingDriver,
  readDrivers,
} from './dump-drivers.ts';
import {
  type DumpLayout,
  dumpTypes,
  layout32,
  layout64,
  minidumpType,
  minorVersionAt,
  page,
  page64,
  processorsMax,
  signatures,
  textBytesMax,
} from './dump-layout.ts';
import { formatParameter } from './hex.ts';

export interface DumpHeader {
  /** The raw code, variant bit and all. */
  readonly code: number;
  /** Four parameters as `0x` and 16 digits. */
  readonly parameters: readonly string[];
  /** The kernel's build number: `7601`. */
  readonly osBuild: string;
  readonly machine: string;
  readonly processors: number;
  /** `full`, `kernel`, `minidump`, ... or `unknown (n)`. */
  readonly dumpType: string;
  /** When the system stopped, UTC, by its own clock; null where the header does not say. */
  readonly crashedAt: Instant | null;
  readonly uptimeMs: number | null;
  readonly comment: string | null;
  /** Where the exception was raised; null where the header does not say. */
  readonly exceptionAddress: string | null;
  /** Loaded drivers; only minidumps list them. */
  readonly drivers: readonly DumpDriver[];
  /** The driver the faulting instruction lies in; no debugger and no symbols needed. */
  readonly faultingDriver: FaultingDriver | null;
  /** What looked wrong and did not stop us, a sentence each. */
  readonly warnings: readonly string[];
}

export const dumpRefusals = ['too-short', 'not-a-dump', 'user-mode-dump', 'damaged'] as const;
export interface DumpRefusal {
  readonly refused: (typeof dumpRefusals)[number];
  /** One sentence for people. */
  readonly because: string;
}

export type DumpReading = { readonly header: DumpHeader } | DumpRefusal;

const filetimeOfEpoch = 116_444_736_000_000_000n;
const endOfYear9999 = 253_402_300_799_999n;
/** Dumps of this product's time; an earlier or later clock is worth a warning. */
const plausibleFrom = toInstant(1_230_768_000_000); // 2009-01-01
const dayMs = 86_400_000;

/**
 * Reads a kernel dump's header from the first bytes of its file: pure, never throws, never reads
 * outside what it was given.
 *
 * @param prefix the leading bytes; `dumpBytesNeeded` says how many are worth having
 * @param now to judge the dump's clock by; left out, a future time is not noticed
 */
export function parseDumpHeader(prefix: Uint8Array, now?: Instant): DumpReading {
  const view = viewOf(prefix);
  if (view.byteLength < 8) return refuse('too-short', 'The file has less than 8 bytes.');
  const layout = layoutOf(view);
  if ('refused' in layout) return layout;
  if (view.byteLength < layout.headerBytes) {
    const has = `${view.byteLength} of ${layout.headerBytes}`;
    return refuse('too-short', `Only ${has} bytes of the header are there.`);
  }
  return readHeader(view, layout, now);
}

/** The layout by signature, or why there is none. */
export function layoutOf(view: DataView): DumpLayout | DumpRefusal {
  const first = view.getUint32(0, true);
  if (first === signatures.mdmp) {
    return refuse('user-mode-dump', 'This is a dump of a process, not of a crashed system.');
  }
  if (first !== page) return refuse('not-a-dump', "The file does not begin with 'PAGE'.");
  const second = view.getUint32(4, true);
  if (second === signatures.du64) return layout64;
  if (second === signatures.dump) return layout32;
  return refuse('not-a-dump', "'PAGE' is followed neither by 'DU64' nor by 'DUMP'.");
}

function readHeader(view: DataView, layout: DumpLayout, now: Instant | undefined): DumpReading {
  const machineNumber = view.getUint32(layout.machineAt, true);
  const machine = layout.machines.get(machineNumber);
  if (machine === undefined) {
    const seen = `0x${machineNumber.toString(16)}`;
    return refuse('damaged', `Machine type ${seen} does not belong to a ${layout.width}-bit dump.`);
  }
  const processors = view.getUint32(layout.processorsAt, true);
  if (processors === 0 || processors > processorsMax) {
    return refuse('damaged', `A system with ${processors} processors cannot be.`);
  }
  const code = view.getUint32(layout.codeAt, true);
  if (code === 0 || code === page) return refuse('damaged', 'The header carries no STOP code.');
  const warnings: string[] = [];
  const parameters = readParameters(view, layout);
  const dumpType = readDumpType(view, layout, warnings);
  const drivers = isMinidump(view, layout) ? readDrivers(view, layout, warnings) : [];
  return {
    header: {
      code,
      parameters: parameters.map(formatParameter),
      osBuild: String(view.getUint32(minorVersionAt, true)),
      machine,
      processors,
      dumpType,
      crashedAt: readCrashTime(view, layout, { now, warnings }),
      uptimeMs: readUptime(view, layout, warnings),
      comment: readText(view, layout.commentAt, textBytesMax.comment),
      exceptionAddress: readExceptionAddress(view, layout),
      drivers,
      faultingDriver: findFaultingDriver(code, parameters, drivers),
      warnings,
    },
  };
}

export function isMinidump(view: DataView, layout: DumpLayout): boolean {
  return view.getUint32(layout.dumpTypeAt, true) === minidumpType;
}

function readParameters(view: DataView, { width, parametersAt }: DumpLayout): bigint[] {
  return [0, 1, 2, 3].map((index) =>
    width === 64
      ? view.getBigUint64(parametersAt + 8 * index, true)
      : BigInt(view.getUint32(parametersAt + 4 * index, true)),
  );
}

function readDumpType(view: DataView, { dumpTypeAt }: DumpLayout, warnings: string[]): string {
  const number = view.getUint32(dumpTypeAt, true);
  const name = dumpTypes.get(number);
  if (name !== undefined) return name;
  if (number === page) return 'unknown';
  warnings.push(`Dump type ${number} is not known.`);
  return `unknown (${number})`;
}

function readCrashTime(
  view: DataView,
  { systemTimeAt }: DumpLayout,
  { now, warnings }: { now: Instant | undefined; warnings: string[] },
): Instant | null {
  const filetime = view.getBigUint64(systemTimeAt, true);
  if (filetime === page64 || filetime === 0n) return null;
  const ms = (filetime - filetimeOfEpoch) / 10_000n;
  if (filetime < filetimeOfEpoch || ms > endOfYear9999) {
    warnings.push('The time of the crash is no time.');
    return null;
  }
  const at = toInstant(Number(ms));
  if (at < plausibleFrom) warnings.push('The time of the crash is before 2009.');
  if (now !== undefined && at > addMs(now, dayMs)) {
    warnings.push('The time of the crash is in the future.');
  }
  return at;
}

function readUptime(view: DataView, { upTimeAt }: DumpLayout, warnings: string[]): number | null {
  const ticks = view.getBigUint64(upTimeAt, true);
  if (ticks === page64) return null;
  const ms = ticks / 10_000n;
  if (ms <= BigInt(100 * 365 * dayMs)) return Number(ms);
  warnings.push('The uptime is more than a century.');
  return null;
}

function readExceptionAddress(view: DataView, layout: DumpLayout): string | null {
  const at = layout.exceptionAddressAt;
  if (layout.width === 32) {
    const value = view.getUint32(at, true);
    return value === page || value === 0 ? null : formatParameter(BigInt(value));
  }
  const value = view.getBigUint64(at, true);
  return value === page64 || value === 0n ? null : formatParameter(value);
}

/** ASCII up to the first NUL; null when empty, absent, or not text. */
function readText(view: DataView, at: number, bytesMax: number): string | null {
  if (view.getUint32(at, true) === page) return null;
  let text = '';
  for (let index = 0; index < bytesMax; index += 1) {
    const byte = view.getUint8(at + index);
    if (byte === 0) break;
    if (byte < 0x20 || byte > 0x7e) return null;
    text += String.fromCharCode(byte);
  }
  return text === '' ? null : text;
}

function refuse(refused: DumpRefusal['refused'], because: string): DumpRefusal {
  return { refused, because };
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
