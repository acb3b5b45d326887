/** What a test's kernel dump says; what is left out stays as the writer's filler pattern. */
export interface DumpSpec {
  readonly width?: 32 | 64;
  readonly code?: number;
  readonly parameters?: readonly bigint[];
  readonly build?: number;
  readonly machine?: number;
  readonly processors?: number;
  readonly dumpType?: number;
  readonly systemTime?: bigint;
  readonly upTime?: bigint;
  readonly comment?: string;
  readonly exceptionAddress?: bigint;
  readonly drivers?: readonly {
    readonly name: string;
    readonly base: bigint;
    readonly size: number;
    readonly timestamp: number;
  }[];
}

/** 2011-10-25T08:30:00Z as a FILETIME. */
export const filetimeOfTests = 129_640_050_000_000_000n;

/**
 * Builds a kernel dump's leading bytes field by field from the published tables, independent of
 * the parser's own: an error in one of them shows.
 */
export function buildDump(spec: DumpSpec = {}): Uint8Array {
  return spec.width === 32 ? build32(spec) : build64(spec);
}

function filled(size: number): DataView {
  const view = new DataView(new ArrayBuffer(size));
  for (let at = 0; at < size; at += 4) view.setUint32(at, 0x45474150, true);
  return view;
}

function build64(spec: DumpSpec): Uint8Array {
  const drivers = spec.drivers ?? [];
  const listAt = 0x2000 + 0x100;
  const poolAt = listAt + drivers.length * 0x90;
  const view = filled(drivers.length === 0 ? 0x2000 : poolAt + drivers.length * 0x80);
  view.setUint32(0x04, 0x34365544, true);
  view.setUint32(0x08, 0xf, true);
  view.setUint32(0x0c, spec.build ?? 7601, true);
  view.setUint32(0x30, spec.machine ?? 0x8664, true);
  view.setUint32(0x34, spec.processors ?? 2, true);
  view.setUint32(0x38, spec.code ?? 0xd1, true);
  (spec.parameters ?? [0n, 2n, 0n, 0xfffff8800104b2b8n]).forEach((value, index) => {
    view.setBigUint64(0x40 + 8 * index, value, true);
  });
  view.setUint32(0xf98, spec.dumpType ?? (drivers.length === 0 ? 2 : 4), true);
  if (spec.exceptionAddress !== undefined) view.setBigUint64(0xf10, spec.exceptionAddress, true);
  view.setBigUint64(0xfa8, spec.systemTime ?? filetimeOfTests, true);
  if (spec.upTime !== undefined) view.setBigUint64(0x1030, spec.upTime, true);
  if (spec.comment !== undefined) writeText(view, 0xfb0, spec.comment);
  if (drivers.length > 0) writeTriage(view, drivers, { listAt, poolAt });
  return new Uint8Array(view.buffer);
}

function build32(spec: DumpSpec): Uint8Array {
  const view = filled(0x1000);
  view.setUint32(0x04, 0x504d5544, true);
  view.setUint32(0x08, 0xf, true);
  view.setUint32(0x0c, spec.build ?? 7601, true);
  view.setUint32(0x20, spec.machine ?? 0x14c, true);
  view.setUint32(0x24, spec.processors ?? 1, true);
  view.setUint32(0x28, spec.code ?? 0xd1, true);
  (spec.parameters ?? [0n, 2n, 0n, 0x8b4012b8n]).forEach((value, index) => {
    view.setUint32(0x2c + 4 * index, Number(value), true);
  });
  view.setUint32(0xf88, spec.dumpType ?? 2, true);
  view.setBigUint64(0xfc0, spec.systemTime ?? filetimeOfTests, true);
  if (spec.upTime !== undefined) view.setBigUint64(0xfb8, spec.upTime, true);
  if (spec.comment !== undefined) writeText(view, 0x820, spec.comment);
  return new Uint8Array(view.buffer);
}

function writeText(view: DataView, at: number, text: string): void {
  for (let index = 0; index <= text.length; index += 1) {
    view.setUint8(at + index, index === text.length ? 0 : text.charCodeAt(index));
  }
}

function writeTriage(
  view: DataView,
  drivers: NonNullable<DumpSpec['drivers']>,
  { listAt, poolAt }: { listAt: number; poolAt: number },
): void {
  view.setUint32(0x2030, listAt, true);
  view.setUint32(0x2034, drivers.length, true);
  view.setUint32(0x2038, poolAt, true);
  view.setUint32(0x203c, drivers.length * 0x80, true);
  drivers.forEach((driver, index) => {
    const entryAt = listAt + index * 0x90;
    const nameAt = poolAt + index * 0x80;
    view.setUint32(entryAt, nameAt, true);
    view.setBigUint64(entryAt + 0x38, driver.base, true);
    view.setUint32(entryAt + 0x48, driver.size, true);
    view.setUint32(entryAt + 0x88, driver.timestamp, true);
    view.setUint32(nameAt, driver.name.length, true);
    for (let unit = 0; unit < driver.name.length; unit += 1) {
      view.setUint16(nameAt + 4 + 2 * unit, driver.name.charCodeAt(unit), true);
    }
  });
}
