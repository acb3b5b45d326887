import { AppError } from '@gauntlet/shared/contracts/errors';
import type { Page } from '../../application/use-cases.ts';

/** Cursors are opaque to clients: base64url of the last row's key. */
export function encodeCursor(key: string | number): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** @throws AppError `request.malformed` when the text is no cursor of ours */
export function decodeCursor(cursor: string, kind: 'string' | 'number'): string | number {
  try {
    const key: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (kind === 'number' && typeof key === 'number' && Number.isSafeInteger(key)) return key;
    if (kind === 'string' && typeof key === 'string') return key;
  } catch {
    // falls through to the one error below
  }
  throw new AppError('request.malformed', 'cursor: take it from nextCursor of the page before');
}

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A cursor over ids. @throws AppError `request.malformed` */
export function decodeIdCursor(cursor: string): string {
  const id = String(decodeCursor(cursor, 'string'));
  if (uuidPattern.test(id)) return id;
  throw new AppError('request.malformed', 'cursor: take it from nextCursor of the page before');
}

/** Cuts `limit + 1` rows down to a page; the extra row says whether there is more. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  mapping: { item: (row: Row) => Item; key: (row: Row) => string | number },
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const more = rows.length > limit && last !== undefined;
  return {
    items: shown.map(mapping.item),
    nextCursor: more ? encodeCursor(mapping.key(last)) : null,
  };
}
