import { expect, test } from 'vitest';
import { diskArguments, emptyQcow2 } from './disks.ts';

test('an empty qcow2 image says its size and counts its own four clusters', () => {
  const image = emptyQcow2(64 * 1024 ** 3);
  expect(image.toString('latin1', 0, 4)).toBe('QFI\xfb');
  expect(image.readBigUInt64BE(24)).toBe(BigInt(64 * 1024 ** 3));
  expect(image.readUInt32BE(36)).toBe(128); // L1 entries of 512 MiB each
  expect([0, 1, 2, 3, 4].map((i) => image.readUInt16BE(2 * 65_536 + 2 * i))).toEqual([
    1, 1, 1, 1, 0,
  ]);
});

test('the IOPS limit lies below the format, where metadata counts too', () => {
  const config = {
    count: 1,
    format: 'dynamic',
    sizeMiB: 64,
    iopsMax: 40,
    writesPerSecond: 20,
  } as const;
  const args = diskArguments(['/a,b/d.qcow2'], config).join(' ');
  expect(args).toContain('filename=/a,,b/d.qcow2');
  expect(args).toContain('driver=throttle,node-name=throttle0,throttle-group=limit0,file=file0');
  expect(args).toContain('driver=qcow2,node-name=disk0,file=throttle0');
  expect(diskArguments([], config)).toEqual([]);
});
