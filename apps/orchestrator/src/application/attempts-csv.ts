import type { AttemptFilter, AttemptView } from '@gauntlet/shared/contracts/attempts';
import { type AttemptReader, attemptPages } from './attempt-pages.ts';

const columns = [
  'ordinal',
  'arm',
  'vm',
  'source',
  'target',
  'state',
  'outcome',
  'reason',
  'plannedAt',
  'startedAt',
  'settledAt',
  'queueMs',
  'copyMs',
  'blackoutMs',
  'settleMs',
  'recoveryMs',
  'worker',
  'probability',
  'fingerprintMatches',
  'bugcheckId',
  'id',
] as const;

/**
 * Every attempt that matches as CSV (RFC 4180), oldest first, a page of rows at a time: memory does
 * not grow with the campaign. Attempts that settle meanwhile are shown as they were when read.
 */
export async function* attemptsCsv(
  reader: AttemptReader,
  campaignId: string,
  filter: AttemptFilter,
): AsyncGenerator<string> {
  yield `${columns.join(',')}\r\n`;
  for await (const page of attemptPages(reader, campaignId, filter)) {
    yield page.map(toLine).join('');
  }
}

function toLine(attempt: AttemptView): string {
  const values = { ...attempt, ...attempt.phases };
  return `${columns.map((column) => toCell(values[column])).join(',')}\r\n`;
}

/**
 * A spreadsheet runs text that begins like a formula; names come from the cluster, so such text is
 * defused with an apostrophe. Numbers stay numbers.
 */
export function toCell(value: string | number | boolean | null): string {
  if (value === null) return '';
  if (typeof value !== 'string') return String(value);
  const safe = /^[\s]*[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
