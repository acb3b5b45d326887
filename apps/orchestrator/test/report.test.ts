import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import type { AttemptJob } from '@gauntlet/shared/contracts/attempt-job';
import type { AttemptReport } from '@gauntlet/shared/contracts/attempt-report';
import { parseXml } from '@gauntlet/shared/evidence/xml';
import { drawUnit } from '@gauntlet/shared/kernel/stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBench } from './support/core.ts';
import { createTestDatabase, testDatabaseUrl } from './support/database.ts';
import { type Client, createClient } from './support/http.ts';
import { anInventory, startScriptedWorker } from './support/scripted-worker.ts';
import { bugcheckWithConsole } from './support/storvsc.ts';

const hostile = `=HYPERLINK("x")]]><script>alert(1)</script>&'"\u0007\u202e\ufffe 数`;
const console = 'STOP: 0x000000D1 (storvsc)';
/** Where to keep the page for people to look at; nowhere unless told. */
const keepIn = process.env['REPORT_TEST_KEEP'];

describe.skipIf(testDatabaseUrl === undefined)('the report of a campaign, over HTTP', () => {
  const stack = new AsyncDisposableStack();
  let url: string;
  let client: Client;
  let campaignId: string;

  beforeAll(async () => {
    const database = stack.use(await createTestDatabase());
    const bench = stack.use(await createBench(database));
    url = stack.use(await bench.serve()).url;
    client = createClient(url);
    const clusterId = (await client.post('/clusters', { name: 'hall 2', driver: 'simulated' })).body
      .id;
    const plain = anInventory(4, 8);
    const vms = plain.vms.map((vm) => (vm.id === 'vm-1' ? { ...vm, name: hostile } : vm));
    stack.use(
      startScriptedWorker({
        backend: bench.backend,
        clusterId,
        inventory: { ...plain, vms },
        find,
      }),
    );
    const view = await client.run({
      name: `storvsc before & after <hotfix>`,
      clusterId,
      arms: [
        { name: 'baseline', vms: { tags: ['even'] } },
        { name: 'fixed', vms: { names: ['guest 2', 'guest 4', 'guest 6', 'guest 8'] } },
      ],
      settleMs: 0,
      limits: { concurrency: 16, outboundPerHost: 16, inboundPerHost: 16 },
      guards: { unhealthyVmsMax: 8 },
      stop: { attemptsMax: 300 },
    });
    campaignId = view.id;
  });

  afterAll(() => stack.disposeAsync());

  const fetchReport = async (query: string) => {
    const response = await fetch(`${url}/api/v1/campaigns/${campaignId}/report?${query}`);
    return { response, text: await response.text() };
  };

  test('the page is one file without scripts that says what the API says', async () => {
    const { response, text } = await fetchReport('timeZone=Europe/Berlin');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(response.headers.get('content-security-policy')).not.toContain('script-src');
    const view = (await client.get(`/campaigns/${campaignId}`)).body;
    expect(text).toContain(escapeOnce(view.verdict.sentence));
    expect(text).not.toMatch(/<script|\son\w+=|url\(["']?http|<link|<img/i);
    expect(text).toContain('storvsc before &amp; after &lt;hotfix&gt;');
    expect(text).toContain('storvsc!StorChannelVmbusCallback');
    expect(text).toContain(createHash('sha256').update(console).digest('hex').slice(0, 16));
    expect(text).toContain('(Europe/Berlin)');
    for (const char of '\u0007\u202e') expect(text.includes(char)).toBe(false);
    if (keepIn !== undefined) {
      mkdirSync(keepIn, { recursive: true });
      writeFileSync(`${keepIn}/report.html`, text);
    }
  });

  test('its JSON holds every number of the page, and a body that starts it again', async () => {
    const { text } = await fetchReport('format=json');
    const report = JSON.parse(text);
    const view = (await client.get(`/campaigns/${campaignId}`)).body;
    expect(report.campaign.progress.outcomes).toEqual(view.progress.outcomes);
    const binned = report.timeline.bins.reduce(
      (sum: number, bin: { attempts: number }) => sum + bin.attempts,
      0,
    );
    expect(binned).toBe(300);
    const perVm = report.vms.flatMap((vm: { outcomes: object }) => Object.values(vm.outcomes));
    expect(perVm.reduce((sum: number, some: number) => sum + some, 0)).toBe(300);
    expect(report.inventoryChanges).toEqual([
      expect.objectContaining({
        subject: 'host host-1',
        fact: 'storvsc.sys',
        before: '6.1.7601.17514',
        after: '6.1.7601.21846',
      }),
    ]);
    const again = await client.post('/campaigns?dryRun=true', report.restart);
    expect(again.status).toBe(200);
    expect(again.body.config).toEqual(report.restart);
  });

  test('CSV is safe in a spreadsheet and NDJSON is one attempt a line', async () => {
    const csv = await fetchReport('format=csv&bom=true');
    expect(csv.response.headers.get('content-type')).toContain('text/csv');
    const bytes = await fetch(`${url}/api/v1/campaigns/${campaignId}/report?format=csv&bom=true`);
    expect([...new Uint8Array(await bytes.arrayBuffer()).slice(0, 3)]).toEqual([0xef, 0xbb, 0xbf]);
    expect(csv.text).toContain(`"'=HYPERLINK(""x"")`);
    expect(csv.text.replace(/\r\n$/, '').split('\r\n')).toHaveLength(301);
    const lines = (await fetchReport('format=ndjson')).text.trimEnd().split('\n');
    const attempts = lines.map((line) => JSON.parse(line));
    expect(attempts.map((attempt) => attempt.ordinal)).toEqual(
      Array.from({ length: 300 }, (_, ordinal) => ordinal),
    );
    expect(attempts.some((attempt) => attempt.vm === hostile)).toBe(true);
  });

  test('JUnit is well-formed, whatever the names, and its counts are its cases', async () => {
    const { text } = await fetchReport('format=junit');
    const { outcomes } = (await client.get(`/campaigns/${campaignId}`)).body.progress;
    expect(parseXml(text)).toHaveProperty('root');
    for (const part of ['\u0007', '\ufffe', '<script']) expect(text).not.toContain(part);
    const all = text.match(/<testsuites .*?>/)?.[0] ?? '';
    const number = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(all)?.[1]);
    expect(number('failures')).toBe(outcomes['guest-bugcheck']);
    expect(number('errors')).toBe(outcomes['migration-failed'] + outcomes['rig-fault']);
    expect(number('skipped')).toBe(outcomes.indeterminate + outcomes.cancelled);
    expect(number('tests')).toBe(text.match(/<testcase /g)?.length);
    expect(text.match(/<failure /g)?.length).toBe(outcomes['guest-bugcheck']);
    expect(text).toContain(
      'type="guest-bugcheck" message="0xD1 DRIVER_IRQL_NOT_LESS_OR_EQUAL in storvsc!',
    );
  });

  test('an unknown time zone, format or campaign is refused before anything is sent', async () => {
    expect((await fetchReport('timeZone=Mars/Base')).response.status).toBe(400);
    expect((await fetchReport('format=pdf')).response.status).toBe(400);
    const unknown = await client.get('/campaigns/019a0000-0000-7000-8000-00000000dead/report');
    expect(unknown.status).toBe(404);
  });
});

/** Every tenth attempt fails in a way of its own; the hotfix appears on host-1 half-way. */
function find(job: AttemptJob, clean: AttemptReport): AttemptReport {
  const report = { ...clean, fingerprint: fingerprintOf(job) };
  const draw = drawUnit(11, 'find', job.ordinal);
  if (draw < 0.02)
    return { ...report, outcome: 'migration-failed', reason: 'error 21502', locatedOn: job.source };
  if (draw < 0.03) return { ...report, outcome: 'rig-fault', reason: 'the worker lost the host' };
  const isBaseline = Number(job.vm.id.slice(3)) % 2 === 1;
  if (!isBaseline || draw > 0.08)
    return { ...report, phases: { ...clean.phases, blackoutMs: 40 + 100 * draw } };
  return bugcheckWithConsole(job, report, console);
}

function fingerprintOf(job: AttemptJob) {
  const version = job.ordinal < 150 ? '6.1.7601.17514' : '6.1.7601.21846';
  return {
    hosts: [
      {
        name: 'host-1',
        files: [{ name: 'storvsc.sys', version }],
        hotfixes: [],
      },
    ],
    guestFiles: [],
    settings: {},
  };
}

function escapeOnce(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll("'", '&#39;')
    .replaceAll('"', '&quot;');
}
