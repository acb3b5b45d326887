import { createWriteStream } from 'node:fs';
import { rename } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import { reportFormats } from '@gauntlet/shared/contracts/reports';
import { createApiClient, serviceUrl } from './api-client.ts';
import { failOns, whyFail } from './report-verdict.ts';

// Writes a campaign's report to a file and says by its exit code what was found. The conditions and
// codes are in docs/reports.md.

const usage = `npm run report -- --campaign <id> [--format ${reportFormats.join('|')}] [--out <file>]
  [--time-zone <name>] [--bom] [--fail-on ${failOns.join('|')}]
The service is GAUNTLET_URL (default ${serviceUrl()}), the key GAUNTLET_API_KEY.\n`;

function readArguments() {
  const { values } = parseArgs({
    options: {
      campaign: { type: 'string' },
      format: { type: 'string', default: 'html' },
      out: { type: 'string' },
      'time-zone': { type: 'string' },
      bom: { type: 'boolean', default: false },
      'fail-on': { type: 'string', default: 'never' },
    },
  });
  const { campaign, format, out, bom } = values;
  const failOn = failOns.find((one) => one === values['fail-on']);
  if (campaign === undefined || failOn === undefined) throw new Error(usage);
  const query = new URLSearchParams({ format });
  if (values['time-zone'] !== undefined) query.set('timeZone', values['time-zone']);
  if (bom) query.set('bom', 'true');
  return { campaign, query, out, failOn };
}

/** Streams to a draft first: a file that is there is whole. */
async function save(path: string, out: string | undefined): Promise<void> {
  const key = process.env['GAUNTLET_API_KEY'];
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const response = await fetch(`${serviceUrl()}/api/v1${path}`, { headers });
  if (!response.ok || response.body === null)
    throw new Error(`${path}: ${response.status} ${(await response.text()).slice(0, 500)}`);
  const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
  if (out === undefined) return pipeline(body, process.stdout, { end: false });
  const draft = `${out}.part`;
  await pipeline(body, createWriteStream(draft));
  await rename(draft, out);
}

async function run(): Promise<number> {
  const { campaign, query, out, failOn } = readArguments();
  await save(`/campaigns/${encodeURIComponent(campaign)}/report?${query.toString()}`, out);
  const client = createApiClient(serviceUrl());
  const view = await client.get<CampaignView>(`/campaigns/${encodeURIComponent(campaign)}`);
  const because = whyFail(view, failOn);
  process.stderr.write(`${view.name}: ${view.verdict?.sentence ?? view.state}\n`);
  if (because === null) return 0;
  process.stderr.write(`failed: ${because}\n`);
  return 1;
}

try {
  process.exitCode = await run();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}
