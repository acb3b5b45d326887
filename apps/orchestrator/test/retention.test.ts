import { existsSync, mkdtempSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AttemptJob } from '@gauntlet/shared/contracts/attempt-job';
import type { AttemptReport } from '@gauntlet/shared/contracts/attempt-report';
import type { Pool } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createBench } from './support/core.ts';
import { createTestDatabase, testDatabaseUrl } from './support/database.ts';
import { type Client, createClient } from './support/http.ts';
import { anInventory, startScriptedWorker } from './support/scripted-worker.ts';
import { bugcheckWithConsole } from './support/storvsc.ts';

describe.skipIf(testDatabaseUrl === undefined)('retention, over HTTP', () => {
  const stack = new AsyncDisposableStack();
  const dataDir = mkdtempSync(join(tmpdir(), 'gauntlet-retention-'));
  let client: Client;
  let url: string;
  let pool: Pool;
  let campaignId: string;

  beforeAll(async () => {
    stack.defer(() => rmSync(dataDir, { recursive: true }));
    const database = stack.use(await createTestDatabase());
    const bench = stack.use(await createBench(database, undefined, { dataDir }));
    pool = database.pool('public');
    url = stack.use(await bench.serve()).url;
    client = createClient(url);
    const { id } = (await client.post('/clusters', { name: 'demo', driver: 'simulated' })).body;
    const inventory = anInventory(2, 4);
    stack.use(startScriptedWorker({ backend: bench.backend, clusterId: id, inventory, find }));
    const campaign = await client.run({
      name: 'an old night',
      clusterId: id,
      arms: [
        { name: 'baseline', vms: { tags: ['even'] } },
        { name: 'fixed', vms: { names: ['guest 2', 'guest 4'] } },
      ],
      settleMs: 0,
      limits: { concurrency: 4, outboundPerHost: 4, inboundPerHost: 4 },
      guards: { unhealthyVmsMax: 4 },
      stop: { attemptsMax: 80 },
    });
    campaignId = campaign.id;
    await age(pool);
  });

  afterAll(() => stack.disposeAsync());

  const patch = (path: string, body: unknown) =>
    fetch(`${url}/api/v1${path}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const countRows = async (table: string) =>
    Number((await pool.query(`select count(*) as n from ${table}`)).rows[0]?.['n']);
  const views = async () =>
    Promise.all(
      ['', '/verdicts', '/series', '/factors'].map(
        async (part) => (await client.get(`/campaigns/${campaignId}${part}`)).body,
      ),
    );
  const report = async () => (await client.get(`/campaigns/${campaignId}/report?format=json`)).body;

  test('nothing goes while the settings say for ever, and the preview says so', async () => {
    expect((await client.get('/retention')).body).toEqual({
      attemptsDays: null,
      evidenceDays: null,
    });
    const { body } = await client.get('/retention/preview');
    expect(body.attempts).toEqual({ before: null, toRollUp: 0, campaigns: [] });
    expect((await client.post('/retention/run', {})).body).toEqual({
      attemptsRolledUp: 0,
      evidenceDropped: 0,
      filesDeleted: 0,
    });
  });

  test('the preview says what a run does, and no statistic of the campaign changes by it', async () => {
    expect((await patch('/retention', { attemptsDays: 30 })).status).toBe(200);
    const before = await views();
    const reportBefore = await report();
    const findings = before[0].progress.outcomes['guest-bugcheck'];
    expect(findings).toBeGreaterThan(3);
    const { attempts } = (await client.get('/retention/preview')).body;
    expect(attempts.toRollUp).toBe(80 - findings);
    expect(attempts.campaigns).toEqual([
      { id: campaignId, name: 'an old night', attempts: 80 - findings },
    ]);
    expect(await countRows('attempt')).toBe(80);

    const run = (await client.post('/retention/run', {})).body;
    expect(run).toEqual({ attemptsRolledUp: 80 - findings, evidenceDropped: 0, filesDeleted: 0 });
    expect(await countRows('attempt')).toBe(findings);
    expect(await views()).toEqual(before);
    const reportAfter = await report();
    expect(reportAfter.attemptsRolledUp).toBe(80 - findings);
    expect(reportAfter.vms).toEqual(reportBefore.vms);
    expect(reportAfter.inventoryChanges).toEqual(reportBefore.inventoryChanges);
    expect(reportAfter.sentence).toBe(reportBefore.sentence);
    const sum = (bins: { attempts: number }[]) => bins.reduce((n, bin) => n + bin.attempts, 0);
    expect(sum(reportAfter.timeline.bins)).toBe(80);
    const junit = await fetch(`${url}/api/v1/campaigns/${campaignId}/report?format=junit`);
    const xml = await junit.text();
    expect(xml.match(/<failure /g)).toHaveLength(findings);
    expect(Number(/tests="(\d+)"/.exec(xml)?.[1])).toBe(xml.match(/<testcase /g)?.length);
    expect((await client.post('/retention/run', {})).body.attemptsRolledUp).toBe(0);
  });

  test('evidence of a triaged bucket stays; released, it goes with its file', async () => {
    const [bucket] = (await client.get('/buckets')).body.items;
    await patch(`/buckets/${bucket.id}`, { status: 'triaged' });
    await patch('/retention', { evidenceDays: 60 });
    const pieces = await countRows('evidence');
    const { rows } = await pool.query('select distinct sha256 from evidence');
    const files = rows.map(({ sha256 }) => join(dataDir, 'evidence', sha256.slice(0, 2), sha256));
    for (const file of files) utimesSync(file, 1_000, 1_000);
    const pinned = (await client.get('/retention/preview')).body.evidence;
    expect(pinned).toMatchObject({ toDrop: 0, bytesToDrop: 0, pinnedByTriagedBuckets: pieces });
    expect((await client.post('/retention/run', {})).body).toMatchObject({
      evidenceDropped: 0,
      filesDeleted: 0,
    });

    await patch(`/buckets/${bucket.id}`, { status: 'fixed' });
    await pool.query(`update campaign set state = 'paused'`);
    const open = (await client.get('/retention/preview')).body.evidence;
    expect(open).toMatchObject({ toDrop: 0, pinnedByOpenCampaigns: pieces });
    await pool.query(`update campaign set state = 'finished'`);
    expect((await client.get('/retention/preview')).body.evidence.toDrop).toBe(pieces);
    const run = (await client.post('/retention/run', {})).body;
    expect(run).toMatchObject({ evidenceDropped: pieces, filesDeleted: files.length });
    expect(files.some((file) => existsSync(file))).toBe(false);
    expect((await client.get(`/bugchecks?campaignId=${campaignId}`)).body.items[0].code).toBe(
      '0x000000D1',
    );
  });
});

/** Four months ago. */
async function age(pool: Pool): Promise<void> {
  for (const [table, columns] of [
    ['campaign', ['created_at', 'started_at', 'ended_at']],
    ['attempt', ['planned_at', 'queued_at', 'started_at', 'settled_at']],
  ] as const) {
    const changes = columns.map((column) => `${column} = ${column} - interval '120 days'`);
    await pool.query(`update ${table} set ${changes.join(', ')}`);
  }
}

function find(job: AttemptJob, clean: AttemptReport): AttemptReport {
  const version = job.ordinal < 40 ? '1.0' : '2.0';
  const host = { name: 'host-1', files: [{ name: 'storvsc.sys', version }], hotfixes: [] };
  const fingerprint = { hosts: [host], guestFiles: [], settings: {} };
  const report = { ...clean, fingerprint, phases: { ...clean.phases, blackoutMs: job.ordinal } };
  if (job.ordinal % 11 === 3)
    return { ...report, outcome: 'migration-failed', reason: 'error 21502', locatedOn: job.source };
  if (job.ordinal % 7 !== 2) return report;
  return bugcheckWithConsole(job, report, `STOP in attempt ${job.ordinal % 3}`);
}
