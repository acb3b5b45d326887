import { randomUUIDv7 } from 'node:crypto';

// Node 24 has it since 24.21; the pinned @types/node does not know it yet.
declare module 'node:crypto' {
  function randomUUIDv7(): string;
}

/** Where new ids come from: UUIDv7 (RFC 9562), so that they sort by the time of their making. */
export interface IdSource {
  next(): string;
}

export const systemIds: IdSource = { next: () => randomUUIDv7() };
