import { assert } from './assert.ts';
import type { Brand } from './brand.ts';

/** A point in time: whole milliseconds since 1970-01-01T00:00:00Z. */
export type Instant = Brand<number, 'Instant'>;

/** @param ms milliseconds since the epoch, finite */
export function toInstant(ms: number): Instant {
  assert(Number.isFinite(ms), `not a point in time: ${ms}`);
  return Math.trunc(ms) as Instant;
}

export function addMs(at: Instant, ms: number): Instant {
  return toInstant(at + ms);
}

/** ISO 8601, UTC, milliseconds: `2026-11-24T02:13:00.000Z`. */
export function toIso(at: Instant): string {
  return new Date(at).toISOString();
}

/** The inverse of `toIso`; also reads offsets. Returns undefined when `text` is no date. */
export function parseIso(text: string): Instant | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : toInstant(ms);
}
