import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { CampaignConfig } from '@gauntlet/shared/contracts/campaigns';
import { reportFormats } from '@gauntlet/shared/contracts/reports';
import { systemIds } from '@gauntlet/shared/platform/ids';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import { Client } from 'pg';
import { fillDefaults } from '../../apps/orchestrator/src/application/fill-defaults.ts';
import { type App, freePort, startApp, waitForUrl } from '../../test/e2e/harness/process.ts';

// Peak memory and time of each report format for a small and a large campaign, by an orchestrator
// process of its own on a throw-away PostgreSQL. What counts is the difference between the two.

const { values } = parseArgs({
  options: {
    small: { type: 'string', default: '10000' },
    large: { type: 'string', default: '1000000' },
    formats: { type: 'string', default: reportFormats.join(',') },
    database: { type: 'string', default: 'postgres://root@127.0.0.1:5432/postgres' },
  },
});
const formats = values.formats.split(',');
const say = (line: string) => void process.stdout.write(`${line}\n`);

interface Rig extends AsyncDisposable {
  readonly app: App;
  readonly url: string;
  readonly client: Client;
}

async function startRig(): Promise<Rig> {
  await using stack = new AsyncDisposableStack();
  const name = `gauntlet_bench_${systemIds.next().replaceAll('-', '')}`;
  const admin = new Client({ connectionString: values.database });
  await admin.connect();
  stack.defer(() => admin.end());
  await admin.query(`create database ${name}`);
  stack.defer(async () => {
    await admin.query(`drop database if exists ${name} with (force)`);
  });
  const database = new URL(values.database);
  database.pathname = `/${name}`;
  const dataDir = mkdtempSync(join(tmpdir(), 'gauntlet-bench-'));
  stack.defer(() => rmSync(dataDir, { recursive: true, force: true }));
  const port = await freePort();
  const env = {
    DATABASE_URL: database.href,
    PORT: String(port),
    GAUNTLET_DATA_DIR: dataDir,
    LOG_LEVEL: 'warn',
  };
  const app = stack.use(startApp('orchestrator', env));
  const url = `http://127.0.0.1:${port}`;
  // A busy machine may need a second minute.
  const live = `${url}/health/live`;
  await waitForUrl(live, app).catch(() => waitForUrl(live, app));
  const client = new Client({ connectionString: database.href });
  await client.connect();
  stack.defer(() => client.end());
  const kept = stack.move();
  return { app, url, client, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

const findingsEach = 2_000;

/** A finished campaign of two arms on 64 VMs, with a bugcheck in every 2,000th attempt. */
async function insertCampaign({ client, url }: Rig, attempts: number): Promise<string> {
  const made = await fetch(`${url}/api/v1/clusters`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: `bench ${attempts}`, driver: 'simulated' }),
  });
  const { id: clusterId } = (await made.json()) as { id: string };
  const id = systemIds.next();
  const config: CampaignConfig = fillDefaults({
    name: `bench of ${attempts}`,
    clusterId,
    arms: [
      { name: 'baseline', probability: 0.5 },
      { name: 'fixed', probability: 0.5 },
    ],
    stop: { attemptsMax: attempts },
  });
  const plan = { arms: config.arms.map(({ name }) => ({ name, vms: [] })), hosts: [] };
  await client.query(
    `insert into campaign (id, name, cluster_id, state, created_at, started_at, ended_at, end_reason,
      config, plan, draw_version, cursor_next, cursor_ahead, attempts_planned, attempts_skipped,
      failed_in_a_row)
    values ($1, $2, $3, 'finished', now() - interval '10 days', now() - interval '10 days', now(),
      'attemptsMax', $4, $5, 1, $6, '{}', $6, 0, 0)`,
    [id, config.name, clusterId, JSON.stringify(config), JSON.stringify(plan), attempts],
  );
  await client.query(
    `insert into attempt (id, campaign_id, cluster_id, ordinal, arm, probability, action, vm_id,
      vm_name, source, target, state, outcome, reason, planned_at, started_at, settled_at, settled_seq,
      copy_ms, blackout_ms, settle_ms, worker)
    select gen_random_uuid(), $1, $2, n, n % 2, 0.5, 'live-migration', 'vm-' || n % 64,
      'guest ' || n % 64, 'host-' || n % 4, 'host-' || (n + 1) % 4, 'settled',
      case when n % ${findingsEach} = 7 then 'guest-hang' when n % 500 = 9 then 'migration-failed'
        else 'clean' end,
      case when n % 500 = 9 then 'the migration failed with error 21502' end,
      now() - interval '10 days', now() - interval '10 days' * (1 - n::float / $3::int),
      now() - interval '10 days' * (1 - n::float / $3::int), nextval('event_seq'), 900, 40, 5000, 'bench'
    from generate_series(0, $3::int - 1) n`,
    [id, clusterId, attempts],
  );
  await client.query(
    `insert into tally (campaign_id, arm, outcome, counted, attempts)
    select campaign_id, arm, outcome, outcome <> 'migration-failed', count(*) from attempt
    where campaign_id = $1 group by 1, 2, 3, 4`,
    [id],
  );
  await client.query('vacuum analyze attempt');
  return id;
}

interface Figure {
  readonly bytes: number;
  readonly ms: number;
  readonly peakMiB: number;
}

async function measure({ app, url }: Rig, id: string, format: string): Promise<Figure> {
  // 5 resets the peak of a process (proc(5)); what it holds then is where the new peak begins.
  writeFileSync(`/proc/${app.pid}/clear_refs`, '5');
  const startedMs = systemClock.monotonicMs();
  const response = await fetch(`${url}/api/v1/campaigns/${id}/report?format=${format}`);
  if (!response.ok || response.body === null) throw new Error(`${format}: ${response.status}`);
  let bytes = 0;
  for await (const chunk of response.body) bytes += chunk.byteLength;
  const ms = systemClock.monotonicMs() - startedMs;
  const status = readFileSync(`/proc/${app.pid}/status`, 'utf8');
  return { bytes, ms, peakMiB: Number(/VmHWM:\s+(\d+)/.exec(status)?.[1]) / 1024 };
}

await using rig = await startRig();
const [small, large] = [Number(values.small), Number(values.large)];
const smallId = await insertCampaign(rig, small);
const largeId = await insertCampaign(rig, large);
// Code is compiled and pools are filled by the first ones; these are not counted.
for (const format of formats) for (let i = 0; i < 2; i += 1) await measure(rig, smallId, format);

say(`| format | peak MiB at ${small} | at ${large} | difference | bytes at ${large} | seconds |`);
say('|---|---|---|---|---|---|');
for (const format of formats) {
  const less = await measure(rig, smallId, format);
  const more = await measure(rig, largeId, format);
  const cells = [
    format,
    less.peakMiB.toFixed(0),
    more.peakMiB.toFixed(0),
    (more.peakMiB - less.peakMiB).toFixed(0),
    more.bytes.toLocaleString('en-US'),
    (more.ms / 1000).toFixed(1),
  ];
  say(`| ${cells.join(' | ')} |`);
}
