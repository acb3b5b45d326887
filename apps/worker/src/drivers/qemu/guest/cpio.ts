/** One member of an archive; folders before what is in them. */
export type CpioEntry =
  | { readonly kind: 'folder'; readonly path: string }
  | {
      readonly kind: 'file';
      readonly path: string;
      readonly bytes: Uint8Array;
      readonly executable?: boolean;
    }
  | {
      readonly kind: 'device';
      readonly path: string;
      readonly major: number;
      readonly minor: number;
    };

const noBytes = new Uint8Array(0);

/**
 * A cpio archive in the "newc" format, the one a Linux kernel unpacks as its first file system.
 * Not compressed: unpacking costs an emulated CPU more than reading.
 * Source: Documentation/driver-api/early-userspace/buffer-format.rst of the kernel.
 */
export function packCpio(entries: readonly CpioEntry[]): Buffer {
  const members = entries.map((entry, index) => toMember(entry, index + 1));
  const trailer = encode({ name: 'TRAILER!!!', inode: 0, mode: 0, bytes: noBytes });
  const archive = Buffer.concat([...members, trailer]);
  return Buffer.concat([archive, padding(archive.length, 512)]);
}

interface Member {
  readonly name: string;
  readonly inode: number;
  readonly mode: number;
  readonly bytes: Uint8Array;
  readonly device?: { readonly major: number; readonly minor: number };
}

function toMember(entry: CpioEntry, inode: number): Buffer {
  const { path: name } = entry;
  switch (entry.kind) {
    case 'folder':
      return encode({ name, inode, mode: 0o040755, bytes: noBytes });
    case 'file':
      return encode({
        name,
        inode,
        mode: entry.executable ? 0o100755 : 0o100644,
        bytes: entry.bytes,
      });
    case 'device':
      return encode({ name, inode, mode: 0o020600, bytes: noBytes, device: entry });
  }
}

function encode({ name, inode, mode, bytes, device }: Member): Buffer {
  const path = Buffer.from(`${name}\0`);
  // ino mode uid gid nlink mtime size devmajor devminor rdevmajor rdevminor namesize check
  const numbers = [
    inode,
    mode,
    0,
    0,
    1,
    0,
    bytes.length,
    0,
    0,
    device?.major ?? 0,
    device?.minor ?? 0,
    path.length,
    0,
  ];
  const header = Buffer.from(
    `070701${numbers.map((n) => n.toString(16).toUpperCase().padStart(8, '0')).join('')}`,
  );
  const head = Buffer.concat([header, path]);
  return Buffer.concat([head, padding(head.length, 4), bytes, padding(bytes.length, 4)]);
}

function padding(length: number, multiple: number): Buffer {
  return Buffer.alloc((multiple - (length % multiple)) % multiple);
}
