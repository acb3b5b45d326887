import { baseStopCode } from '../domain/stop-codes.ts';
import type { DumpLayout } from './dump-layout.ts';

export interface DumpDriver {
  /** As the dump has it: `storvsc.sys`. */
  readonly name: string;
  /** Load address, `0x` and 16 digits. */
  readonly base: string;
  readonly sizeBytes: number;
  /** The linker's time stamp: with the size it names one exact build of the file. */
  readonly timestamp: number;
}

export interface FaultingDriver {
  readonly name: string;
  /** Offset of the faulting instruction into the image. */
  readonly rva: number;
  readonly timestamp: number;
}

/**
 * TRIAGE_DUMP64, right after the header of a 64-bit minidump. From rizin's dmp64; the list's
 * offsets have not been verified on a dump of a real system.
 */
export const triage64 = {
  at: 0x2000,
  bytes: 0x40,
  driverListAt: 0x30,
  driverCountAt: 0x34,
  stringPoolAt: 0x38,
  stringPoolBytesAt: 0x3c,
} as const;

export const driverEntry64 = {
  bytes: 0x90,
  nameAt: 0x00,
  baseAt: 0x38,
  sizeAt: 0x48,
  timestampAt: 0x88,
} as const;

const driversMax = 1024;
const nameCharsMax = 260;

/** Where the triage structures end, as far as the file itself claims; 0 when it cannot be read. */
export function triageEnd(view: DataView, { width }: DumpLayout): number {
  if (width !== 64 || view.byteLength < triage64.at + triage64.bytes) return 0;
  const at = (offset: number) => view.getUint32(triage64.at + offset, true);
  const listEnd = at(triage64.driverListAt) + at(triage64.driverCountAt) * driverEntry64.bytes;
  return Math.max(listEnd, at(triage64.stringPoolAt) + at(triage64.stringPoolBytesAt));
}

/** The loaded drivers of a minidump. Lying offsets and counts cost a warning, nothing else. */
export function readDrivers(
  view: DataView,
  { width }: DumpLayout,
  warnings: string[],
): DumpDriver[] {
  if (width !== 64) {
    warnings.push('The driver list of 32-bit minidumps is not read.');
    return [];
  }
  if (view.byteLength < triage64.at + triage64.bytes) {
    warnings.push('The driver list is cut off.');
    return [];
  }
  const listAt = view.getUint32(triage64.at + triage64.driverListAt, true);
  const claimed = view.getUint32(triage64.at + triage64.driverCountAt, true);
  if (claimed > driversMax) warnings.push(`The dump claims ${claimed} drivers.`);
  const drivers: DumpDriver[] = [];
  for (let index = 0; index < Math.min(claimed, driversMax); index += 1) {
    const driver = readDriver(view, listAt + index * driverEntry64.bytes);
    if (driver === null) {
      warnings.push(`Only ${drivers.length} of ${claimed} drivers could be read.`);
      break;
    }
    drivers.push(driver);
  }
  return drivers;
}

function readDriver(view: DataView, at: number): DumpDriver | null {
  if (at + driverEntry64.bytes > view.byteLength) return null;
  const name = readName(view, view.getUint32(at + driverEntry64.nameAt, true));
  if (name === null) return null;
  const base = view.getBigUint64(at + driverEntry64.baseAt, true);
  return {
    name,
    base: `0x${base.toString(16).toUpperCase().padStart(16, '0')}`,
    sizeBytes: view.getUint32(at + driverEntry64.sizeAt, true),
    timestamp: view.getUint32(at + driverEntry64.timestampAt, true),
  };
}

/** A count of characters and that many of UTF-16; null when it is not there. */
function readName(view: DataView, at: number): string | null {
  if (at + 4 > view.byteLength) return null;
  const chars = view.getUint32(at, true);
  if (chars === 0 || chars > nameCharsMax || at + 4 + 2 * chars > view.byteLength) return null;
  let name = '';
  for (let index = 0; index < chars; index += 1) {
    const unit = view.getUint16(at + 4 + 2 * index, true);
    if (unit === 0) break;
    name += String.fromCharCode(unit);
  }
  return name === '' ? null : name.toWellFormed();
}

/** Which parameter holds the faulting instruction, by code. */
const instructionParameter: ReadonlyMap<number, number> = new Map([
  [0x0a, 3],
  [0xd1, 3],
  [0x50, 2],
  [0x1e, 1],
  [0x3b, 1],
  [0x7e, 1],
  [0x8e, 1],
]);

/** The driver whose image holds the faulting instruction; null when the code does not name one. */
export function findFaultingDriver(
  code: number,
  parameters: readonly bigint[],
  drivers: readonly DumpDriver[],
): FaultingDriver | null {
  const index = instructionParameter.get(baseStopCode(code));
  const instruction = index === undefined ? undefined : parameters[index];
  if (instruction === undefined || instruction === 0n) return null;
  for (const { name, base, sizeBytes, timestamp } of drivers) {
    const rva = instruction - BigInt(base);
    if (rva >= 0n && rva < BigInt(sizeBytes)) return { name, rva: Number(rva), timestamp };
  }
  return null;
}
