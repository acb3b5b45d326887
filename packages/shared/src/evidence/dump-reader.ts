import type { Instant } from '../kernel/instant.ts';
import { triage64, triageEnd } from './dump-drivers.ts';
import { type DumpReading, isMinidump, layoutOf, parseDumpHeader, viewOf } from './dump-header.ts';

/** No more than this of any file is ever kept: a minidump's driver list is far nearer its start. */
export const dumpBytesMax = 1024 * 1024;

/**
 * How many leading bytes of the file are worth having, seen from those at hand: rises as the
 * header is understood, never above `dumpBytesMax` whatever the file claims. At most the length
 * of `prefix` when no more would help.
 */
export function dumpBytesNeeded(prefix: Uint8Array): number {
  if (prefix.byteLength < 8) return 8;
  const view = viewOf(prefix);
  const layout = layoutOf(view);
  if ('refused' in layout) return 8;
  if (prefix.byteLength < layout.headerBytes) return layout.headerBytes;
  if (layout.width !== 64 || !isMinidump(view, layout)) return layout.headerBytes;
  const triageBytes = triage64.at + triage64.bytes;
  if (prefix.byteLength < triageBytes) return triageBytes;
  return Math.min(Math.max(triageEnd(view, layout), triageBytes), dumpBytesMax);
}

export interface DumpReader {
  /** Takes the next piece of the file; `enough` once the rest of it is of no use. */
  push(chunk: Uint8Array): 'more' | 'enough';
  finish(): DumpReading;
}

/**
 * Reads a dump's header from a stream of any length. Memory grows with the bytes received, never
 * with the sizes a file claims.
 *
 * @param now to judge the dump's clock by
 */
export function createDumpReader(now?: Instant): DumpReader {
  let kept = new Uint8Array(0x2000);
  let length = 0;
  let needed = 8;

  function keep(chunk: Uint8Array): void {
    const size = Math.min(chunk.byteLength, dumpBytesMax - length);
    if (length + size > kept.byteLength) {
      const grown = new Uint8Array(Math.min(dumpBytesMax, 2 * (length + size)));
      grown.set(kept.subarray(0, length));
      kept = grown;
    }
    kept.set(chunk.subarray(0, size), length);
    length += size;
  }

  return {
    push(chunk) {
      if (length < needed) keep(chunk);
      // Each round understands a further part of the header: 8 bytes, header, triage, list.
      for (let round = 0; round < 4 && length >= needed; round += 1) {
        const next = dumpBytesNeeded(kept.subarray(0, length));
        if (next <= length) return 'enough';
        needed = next;
      }
      return 'more';
    },
    finish: () => parseDumpHeader(kept.subarray(0, length), now),
  };
}
