import type { AttemptFilter, AttemptView } from '@gauntlet/shared/contracts/attempts';
import type { UseCases } from './use-cases.ts';

/** As text a page stays below what V8 counts as a large object, which it collects seldom. */
const pageRows = 200;

export type AttemptReader = Pick<UseCases, 'listAttempts'>;

/**
 * Every attempt that matches, oldest first, a page at a time by keyset: memory does not grow with
 * the campaign, and no page is read before its reader asks for it.
 */
export async function* attemptPages(
  reader: AttemptReader,
  campaignId: string,
  filter: AttemptFilter,
): AsyncGenerator<readonly AttemptView[]> {
  let cursor: string | undefined;
  do {
    const query = { ...filter, limit: pageRows, ...(cursor === undefined ? {} : { cursor }) };
    const page = await reader.listAttempts(campaignId, query);
    yield page.items;
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
}
