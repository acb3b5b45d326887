import { type AttemptReader, attemptPages } from '../attempt-pages.ts';

/** One attempt a line, as `GET /attempts` shows it. */
export async function* attemptLines(
  reader: AttemptReader,
  campaignId: string,
): AsyncGenerator<string> {
  for await (const page of attemptPages(reader, campaignId, {})) {
    if (page.length > 0) yield page.map((attempt) => `${JSON.stringify(attempt)}\n`).join('');
  }
}
