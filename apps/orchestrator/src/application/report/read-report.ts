import { AppError } from '@gauntlet/shared/contracts/errors';
import type { ReportFormat, ReportQuery } from '@gauntlet/shared/contracts/reports';
import type { Instant } from '@gauntlet/shared/kernel/instant';
import { attemptsCsv } from '../attempts-csv.ts';
import { findCampaign } from '../control-campaign.ts';
import type { Parts } from '../parts.ts';
import { attemptReader } from '../read-attempts.ts';
import type { CampaignRecord } from '../records.ts';
import { gatherReport } from './gather-report.ts';
import { reportPage } from './html/page.ts';
import { createWords } from './html/words.ts';
import { junitReport } from './junit.ts';
import { attemptLines } from './ndjson.ts';
import type { ReportDocument } from './report-document.ts';

const kinds: Readonly<Record<ReportFormat, { contentType: string; ending: string }>> = {
  html: { contentType: 'text/html; charset=utf-8', ending: 'html' },
  json: { contentType: 'application/json; charset=utf-8', ending: 'json' },
  csv: { contentType: 'text/csv; charset=utf-8; header=present', ending: 'csv' },
  ndjson: { contentType: 'application/x-ndjson; charset=utf-8', ending: 'ndjson' },
  junit: { contentType: 'application/xml; charset=utf-8', ending: 'xml' },
};

/** @throws AppError `resource.unknown`, `request.malformed` for an unknown time zone */
export async function readReport(
  parts: Parts,
  id: string,
  { query, version }: { query: ReportQuery; version: string },
): Promise<ReportDocument> {
  const campaign = await findCampaign(parts, id);
  const { format = 'html' } = query;
  const { contentType, ending } = kinds[format];
  const chunks = write({ parts, campaign, query, version, at: parts.clock.now() }, format);
  return { contentType, fileName: `gauntlet-${id}.${ending}`, chunks };
}

interface Job {
  readonly parts: Parts;
  readonly campaign: CampaignRecord;
  readonly query: ReportQuery;
  readonly version: string;
  readonly at: Instant;
}

function write(job: Job, format: ReportFormat): AsyncIterable<string> {
  const { parts, campaign, query, at } = job;
  switch (format) {
    case 'html':
      return page(job, wordsOf(query));
    case 'json':
      return json(job);
    case 'csv':
      return csv(job);
    case 'ndjson':
      return attemptLines(attemptReader(parts, campaign), campaign.id);
    case 'junit':
      return junitReport(parts, campaign, at);
  }
}

function wordsOf({ timeZone = 'UTC' }: ReportQuery) {
  try {
    return createWords(timeZone);
  } catch (cause) {
    const detail = 'must be an IANA time zone such as Europe/Berlin';
    const details = { errors: [{ pointer: '/timeZone', detail }] };
    throw new AppError('request.malformed', `timeZone ${detail}`, { details, cause });
  }
}

async function* page(job: Job, words: ReturnType<typeof createWords>): AsyncGenerator<string> {
  yield* reportPage(await gatherReport(job.parts, job.campaign, job), words);
}

async function* json(job: Job): AsyncGenerator<string> {
  yield JSON.stringify(await gatherReport(job.parts, job.campaign, job));
}

async function* csv({ parts, campaign, query }: Job): AsyncGenerator<string> {
  if (query.bom === true) yield '\ufeff';
  yield* attemptsCsv(attemptReader(parts, campaign), campaign.id, {});
}
