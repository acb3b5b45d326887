import { type Instant, toInstant } from '@gauntlet/shared/kernel/instant';

/** Columns of type timestamptz arrive as Date from both engines. */
export function instantOf(column: { getTime(): number }): Instant {
  return toInstant(column.getTime());
}

export function instantOrNull(column: { getTime(): number } | null): Instant | null {
  return column === null ? null : instantOf(column);
}
