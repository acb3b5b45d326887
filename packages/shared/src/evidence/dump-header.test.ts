import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toInstant, toIso } from '../kernel/instant.ts';
import { buildDump, type DumpSpec } from '../testing/dump-builder.ts';
import { type DumpHeader, parseDumpHeader } from './dump-header.ts';
import { createDumpReader, dumpBytesMax, dumpBytesNeeded } from './dump-reader.ts';

const storvsc = {
  name: 'storvsc.sys',
  base: 0xfffff88001040000n,
  size: 0x12000,
  timestamp: 0x4ce7a9b7,
};

describe('a 64-bit dump', () => {
  test('gives code, parameters, build, machine and the time of the crash', () => {
    const header = read({ upTime: 36_000_000_000n, comment: 'from the lab' });
    expect(header).toMatchObject({
      code: 0xd1,
      osBuild: '7601',
      machine: 'amd64',
      processors: 2,
      dumpType: 'kernel',
      uptimeMs: 3_600_000,
      comment: 'from the lab',
      warnings: [],
    });
    expect(header.parameters).toEqual([
      '0x0000000000000000',
      '0x0000000000000002',
      '0x0000000000000000',
      '0xFFFFF8800104B2B8',
    ]);
    expect(toIso(header.crashedAt ?? toInstant(0))).toBe('2011-10-25T08:30:00.000Z');
  });

  test('leaves out what the writer left as filler', () => {
    const header = read({ systemTime: 0x4547415045474150n, dumpType: 0x45474150 });
    expect(header).toMatchObject({
      crashedAt: null,
      uptimeMs: null,
      comment: null,
      exceptionAddress: null,
      dumpType: 'unknown',
      warnings: [],
    });
  });

  test('of ARM64 and of a bitmap or automatic kind is read too', () => {
    expect(read({ machine: 0xaa64, dumpType: 6 })).toMatchObject({
      machine: 'arm64',
      dumpType: 'bitmap-kernel',
    });
    expect(read({ dumpType: 7 }).dumpType).toBe('automatic');
    const strange = read({ dumpType: 99 });
    expect(strange.dumpType).toBe('unknown (99)');
    expect(strange.warnings).toHaveLength(1);
  });

  test('keeps the raw code of a variant and of a live dump', () => {
    expect(read({ code: 0x1000007e }).code).toBe(0x1000007e);
    expect(read({ code: 0x161 }).code).toBe(0x161);
  });

  test('with a time that cannot be is read, with a warning', () => {
    expect(read({ systemTime: 0n })).toMatchObject({ crashedAt: null, warnings: [] });
    expect(read({ systemTime: 2n ** 63n }).warnings).toHaveLength(1);
    expect(read({ systemTime: 2n ** 64n - 1n }).crashedAt).toBeNull();
    expect(read({ systemTime: 1n }).warnings).toHaveLength(1);
    const future = parseDumpHeader(buildDump(), toInstant(1_000_000_000_000));
    expect('header' in future && future.header.warnings).toHaveLength(1);
    expect(read({ upTime: 2n ** 64n - 1n })).toMatchObject({ uptimeMs: null });
  });
});

test('a 32-bit dump gives the same from its own places', () => {
  const header = read({ width: 32, code: 0x50, upTime: 20_000n, comment: 'xp' });
  expect(header).toMatchObject({
    code: 0x50,
    machine: 'x86',
    processors: 1,
    uptimeMs: 2,
    comment: 'xp',
  });
  expect(header.parameters[3]).toBe('0x000000008B4012B8');
  expect(header.crashedAt).toBe(1_319_531_400_000);
});

describe('a minidump', () => {
  const other = { ...storvsc, name: 'ntoskrnl.exe', base: 0xfffff80002a00000n };

  test('names the driver of the faulting instruction without symbols', () => {
    const header = read({ drivers: [other, storvsc] });
    expect(header.drivers.map((driver) => driver.name)).toEqual(['ntoskrnl.exe', 'storvsc.sys']);
    expect(header.faultingDriver).toEqual({
      name: 'storvsc.sys',
      rva: 0xb2b8,
      timestamp: 0x4ce7a9b7,
    });
  });

  test('names none when the code has no instruction or it lies elsewhere', () => {
    expect(read({ drivers: [storvsc], code: 0xef }).faultingDriver).toBeNull();
    expect(read({ drivers: [storvsc], parameters: [0n, 0n, 0n, 0n] }).faultingDriver).toBeNull();
    expect(read({ drivers: [storvsc], parameters: [0n, 0n, 0n, 7n] }).faultingDriver).toBeNull();
  });

  test('with lying counts and offsets costs a warning', () => {
    const bytes = buildDump({ drivers: [storvsc] });
    new DataView(bytes.buffer).setUint32(0x2034, 0xffffffff, true);
    const lying = parseDumpHeader(bytes);
    expect('header' in lying && lying.header.warnings.length).toBeGreaterThan(0);
    new DataView(bytes.buffer).setUint32(0x2030, 0xfffffff0, true);
    expect(dumpBytesNeeded(bytes)).toBeLessThanOrEqual(dumpBytesMax);
    expect(parseDumpHeader(bytes)).toMatchObject({ header: { drivers: [] } });
  });
});

describe('a file that is no dump', () => {
  test('is refused by name', () => {
    expect(refusal(new Uint8Array(0))).toBe('too-short');
    expect(refusal(new TextEncoder().encode('MDMP....'.repeat(2000)))).toBe('user-mode-dump');
    expect(refusal(new Uint8Array(0x2000))).toBe('not-a-dump');
    expect(refusal(new TextEncoder().encode('PAGEPAGE'.repeat(2000)))).toBe('not-a-dump');
    expect(refusal(buildDump({ machine: 0x14c }))).toBe('damaged');
    expect(refusal(buildDump({ width: 32, machine: 0x8664 }))).toBe('damaged');
    expect(refusal(buildDump({ processors: 0 }))).toBe('damaged');
    expect(refusal(buildDump({ processors: 2049 }))).toBe('damaged');
    expect(refusal(buildDump({ code: 0 }))).toBe('damaged');
    expect(refusal(buildDump({ code: 0x45474150 }))).toBe('damaged');
  });

  test.each([32, 64] as const)('cut anywhere in a %i-bit header is too short', (width) => {
    const whole = buildDump({ width });
    for (let length = 8; length < whole.byteLength; length += 4) {
      expect(refusal(whole.subarray(0, length))).toBe('too-short');
    }
  });

  test('never throws, whatever the bytes behind the signature', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.uint8Array({ maxLength: 0x2400 }), (wide, noise) => {
        const bytes = buildDump({ width: wide ? 64 : 32, drivers: wide ? [storvsc] : [] });
        bytes.set(noise.subarray(0, bytes.length - 8), 8);
        expect(() => parseDumpHeader(bytes)).not.toThrow();
        expect(dumpBytesNeeded(bytes)).toBeLessThanOrEqual(dumpBytesMax);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a streamed dump', () => {
  test('reads the same in any pieces', () => {
    const bytes = buildDump({ drivers: [storvsc] });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), (size) => {
        const reader = createDumpReader();
        for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
        expect(reader.finish()).toEqual(parseDumpHeader(bytes));
      }),
      { numRuns: 30 },
    );
  });

  test('wants no more than the header, and says so', () => {
    const reader = createDumpReader();
    expect(reader.push(buildDump().subarray(0, 100))).toBe('more');
    expect(reader.push(buildDump().subarray(100))).toBe('enough');
    expect(createDumpReader().push(new Uint8Array(64))).toBe('enough');
  });

  test('keeps no more than its bound of an endless file', () => {
    const bytes = buildDump({ drivers: [storvsc] });
    new DataView(bytes.buffer).setUint32(0x2030, 0xfffffff0, true);
    const reader = createDumpReader();
    let pieces = 0;
    const zeros = new Uint8Array(64 * 1024);
    let state = reader.push(bytes);
    while (state === 'more') {
      state = reader.push(zeros);
      pieces += 1;
    }
    expect(pieces).toBeLessThanOrEqual(dumpBytesMax / zeros.length);
    expect(reader.finish()).toHaveProperty('header');
  });
});

function read(spec: DumpSpec): DumpHeader {
  const reading = parseDumpHeader(buildDump(spec));
  if ('refused' in reading) throw new Error(reading.because);
  return reading.header;
}

function refusal(bytes: Uint8Array): string {
  const reading = parseDumpHeader(bytes);
  return 'refused' in reading ? reading.refused : 'accepted';
}
