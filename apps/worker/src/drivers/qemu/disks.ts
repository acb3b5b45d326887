import {
  closeSync,
  fsyncSync,
  openSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import path from 'node:path';
import type { DiskConfig } from './options.ts';

const mebibyte = 1024 * 1024;

/** Paths of a guest's disk images. Both processes of a migration open the same files. */
export function diskPaths(folder: string, disks: DiskConfig): string[] {
  const suffix = disks.format === 'dynamic' ? 'qcow2' : 'raw';
  return Array.from({ length: disks.count }, (_, i) => path.join(folder, `disk${i}.${suffix}`));
}

export function createDisks(paths: readonly string[], { format, sizeMiB }: DiskConfig): void {
  for (const file of paths) {
    if (format === 'dynamic') writeFileSync(file, emptyQcow2(sizeMiB * mebibyte));
    else writeFixed(file, sizeMiB);
  }
}

/** What the images take on this machine's disk, MiB. */
export function allocatedMiB(paths: readonly string[]): number {
  return paths.reduce((sum, file) => sum + (statSync(file).blocks * 512) / mebibyte, 0);
}

const clusterBits = 16;
const clusterBytes = 1 << clusterBits;

/**
 * A qcow2 image, version 3, in which nothing is allocated yet: header, refcount table, one block of
 * refcounts, L1 table. Source: docs/interop/qcow2.txt of QEMU.
 * @param sizeBytes virtual size, at most 4 TiB so that one cluster holds the L1 table
 */
export function emptyQcow2(sizeBytes: number): Buffer {
  const bytesPerL2 = clusterBytes * (clusterBytes / 8);
  const image = Buffer.alloc(4 * clusterBytes);
  image.write('QFI\xfb', 0, 'latin1');
  image.writeUInt32BE(3, 4); // version
  image.writeUInt32BE(clusterBits, 20);
  image.writeBigUInt64BE(BigInt(sizeBytes), 24);
  image.writeUInt32BE(Math.ceil(sizeBytes / bytesPerL2), 36); // entries of the L1 table
  image.writeBigUInt64BE(BigInt(3 * clusterBytes), 40); // the L1 table
  image.writeBigUInt64BE(BigInt(clusterBytes), 48); // the refcount table ...
  image.writeUInt32BE(1, 56); // ... of one cluster
  image.writeUInt32BE(4, 96); // refcounts of 2^4 bits
  image.writeUInt32BE(104, 100); // length of this header
  image.writeBigUInt64BE(BigInt(2 * clusterBytes), clusterBytes);
  for (let cluster = 0; cluster < 4; cluster += 1) {
    image.writeUInt16BE(1, 2 * clusterBytes + 2 * cluster);
  }
  return image;
}

/** Really allocated, so that no write of the guest has to find room first. */
function writeFixed(file: string, sizeMiB: number): void {
  const filling = Buffer.alloc(mebibyte, 1);
  const handle = openSync(file, 'w');
  try {
    truncateSync(file, sizeMiB * mebibyte);
    for (let i = 0; i < sizeMiB; i += 1) writeSync(handle, filling, 0, mebibyte, i * mebibyte);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/**
 * One SCSI disk each. The IOPS limit sits below the format layer, so that the metadata writes of a
 * growing image count too: that is what makes dynamic disks slow on real storage.
 */
export function diskArguments(paths: readonly string[], { format, iopsMax }: DiskConfig): string[] {
  if (paths.length === 0) return [];
  const driver = format === 'dynamic' ? 'qcow2' : 'raw';
  const each = paths.flatMap((file, i) => [
    '-blockdev',
    `driver=file,node-name=file${i},filename=${escapeComma(file)},aio=threads,cache.direct=on`,
    ...(iopsMax === null ? [] : throttle(i, iopsMax)),
    '-blockdev',
    `driver=${driver},node-name=disk${i},file=${iopsMax === null ? 'file' : 'throttle'}${i}`,
    '-device',
    `scsi-hd,bus=scsi.0,scsi-id=0,lun=${i},drive=disk${i},serial=GAUNTLET${i},werror=stop,rerror=stop`,
  ]);
  return ['-device', 'virtio-scsi-pci,id=scsi,num_queues=1', ...each];
}

function throttle(index: number, iopsMax: number): string[] {
  return [
    '-object',
    `throttle-group,id=limit${index},x-iops-total=${iopsMax}`,
    '-blockdev',
    `driver=throttle,node-name=throttle${index},throttle-group=limit${index},file=file${index}`,
  ];
}

/** A comma ends a value on QEMU's command line; two are one comma. */
export function escapeComma(text: string): string {
  return text.replaceAll(',', ',,');
}
