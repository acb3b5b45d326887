import { createHmac } from 'node:crypto';
import type { AttemptJob } from '@gauntlet/shared/contracts/attempt-job';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Orchestrator } from '../src/compose.ts';
import { type Bench, createBench, eventually, testConfig } from './support/core.ts';
import { createTestDatabase, type TestDatabase, testDatabaseUrl } from './support/database.ts';
import { type Client, createClient } from './support/http.ts';
import { type Received, type Receiver, startReceiver } from './support/receiver.ts';
import { anInventory, startScriptedWorker } from './support/scripted-worker.ts';
import { storvscBugcheck } from './support/storvsc.ts';

const secret = 'a secret of the night shift';
const kindsOf = (receiver: Receiver) =>
  receiver.received.map((one) => one.headers['x-gauntlet-event']);

describe.skipIf(testDatabaseUrl === undefined)('notifications, over HTTP', () => {
  const stack = new AsyncDisposableStack();
  let database: TestDatabase;
  let bench: Bench;
  let orchestrator: Orchestrator;
  let client: Client;
  let clusterId: string;
  const mails: string[] = [];
  let crashes = (job: AttemptJob) => job.ordinal % 5 === 2;

  beforeAll(async () => {
    const smtp = await startSmtp(mails);
    stack.defer(() => smtp.close());
    database = stack.use(await createTestDatabase());
    const notify = {
      ...testConfig.notify,
      publicUrl: 'https://gauntlet.example',
      allow: ['127.0.0.5'],
      smtp: { url: smtp.url, from: 'gauntlet@example.com' },
      secretOf: (reference: string) => (reference === 'night-hook' ? secret : undefined),
      tryMsMax: 1_000,
    };
    bench = stack.use(await createBench(database, undefined, { notify }));
    orchestrator = await bench.serve();
    stack.defer(() => orchestrator[Symbol.asyncDispose]());
    client = createClient(orchestrator.url);
    clusterId = (await client.post('/clusters', { name: 'demo', driver: 'simulated' })).body.id;
    stack.use(
      startScriptedWorker({
        backend: bench.backend,
        clusterId,
        inventory: anInventory(2, 4),
        find: (job, clean) => (crashes(job) ? storvscBugcheck(job, clean) : clean),
      }),
    );
  });

  afterAll(() => stack.disposeAsync());

  const run = (name: string) =>
    client.run({
      name,
      clusterId,
      settleMs: 0,
      limits: { concurrency: 4, outboundPerHost: 4, inboundPerHost: 4 },
      guards: { unhealthyVmsMax: 4 },
      stop: { attemptsMax: 12 },
    });
  const channel = async (change: object) => {
    const asked = { name: 'hook', kind: 'webhook', secretRef: 'night-hook', ...change };
    const made = await client.post('/notification-channels', asked);
    expect(made.status, JSON.stringify(made.body)).toBe(201);
    return made.body.id as string;
  };
  const deliveries = async (id: string) =>
    (await client.get(`/notification-channels/${id}/deliveries`)).body.items;
  const settled = (id: string, count: number) =>
    eventually(
      () => deliveries(id),
      (items) =>
        items.length >= count && items.every((one: { state: string }) => one.state !== 'pending'),
    );
  const remove = (id: string) =>
    fetch(`${orchestrator.url}/api/v1/notification-channels/${id}`, { method: 'DELETE' });

  test('a signed webhook hears of the first bugcheck of a bucket and of the end, once each', async () => {
    await using receiver = await startReceiver();
    const id = await channel({ url: receiver.url });
    const campaign = await run('before the hotfix');
    expect(campaign.progress.outcomes['guest-bugcheck']).toBeGreaterThan(1);
    await settled(id, 2);
    expect(new Set(kindsOf(receiver))).toEqual(new Set(['bugcheck', 'campaign-finished']));
    expect(receiver.received).toHaveLength(2);
    for (const one of receiver.received) expectSigned(one);
    const told = receiver.received.map(({ body }) => JSON.parse(body));
    const end = told.find((notice) => notice.kind === 'campaign-finished');
    expect(end.text).toContain(campaign.verdict?.sentence);
    expect(end.href).toBe(`https://gauntlet.example/api/v1/campaigns/${campaign.id}/report`);
    expect(new Set(told.map((notice) => notice.eventId)).size).toBe(2);

    await run('again');
    await settled(id, 3);
    expect(kindsOf(receiver).filter((kind) => kind === 'bugcheck')).toHaveLength(1);
    await remove(id);
  });

  test('a verdict that ends nothing is told once, when it is reached', async () => {
    await using receiver = await startReceiver();
    const id = await channel({ url: receiver.url, notices: ['verdict', 'campaign-finished'] });
    const before = crashes;
    crashes = (job) => job.arm === 'baseline' && job.ordinal % 3 === 0;
    const campaign = await client.run({
      name: 'told of its verdict',
      clusterId,
      settleMs: 0,
      arms: [
        { name: 'baseline', vms: { names: ['guest 1', 'guest 3'] } },
        { name: 'fixed', vms: { names: ['guest 2', 'guest 4'] } },
      ],
      limits: { concurrency: 4, outboundPerHost: 4, inboundPerHost: 4 },
      guards: { unhealthyVmsMax: 4 },
      stop: { attemptsMax: 120 },
    });
    crashes = before;
    expect(campaign.endReason).toMatch(/^attemptsMax/);
    await settled(id, 2);
    const told = receiver.received.map(({ body }) => JSON.parse(body));
    const verdicts = told.filter(({ kind }) => kind === 'verdict');
    // Each state once, whatever is found afterwards: confirmed, and perhaps more than that.
    expect(verdicts.length).toBeGreaterThan(0);
    const states = verdicts.map(({ data }) => data.state);
    expect(new Set(states).size).toBe(states.length);
    expect(states).toContain('confirmed');
    expect(verdicts[0].text).toContain(verdicts[0].data.sentence);
    expect(verdicts[0].title).toBe('Gauntlet: told of its verdict reached a verdict: confirmed');
    expect(told.filter(({ kind }) => kind === 'campaign-finished')).toHaveLength(1);
    await remove(id);
  });

  test('a receiver that fails is tried again with the same event until it takes it', async () => {
    await using receiver = await startReceiver((response, count) => {
      response.statusCode = count < 3 ? 503 : 204;
      response.end();
    });
    const id = await channel({ url: receiver.url });
    expect((await client.post(`/notification-channels/${id}/test`, {})).status).toBe(202);
    const [delivery] = await settled(id, 1);
    expect(delivery).toMatchObject({ kind: 'test', state: 'delivered', tries: 3, statusCode: 204 });
    expect(new Set(receiver.received.map((one) => one.headers['x-gauntlet-event-id'])).size).toBe(
      1,
    );
    expect(new Set(receiver.received.map((one) => one.body)).size).toBe(1);
    await remove(id);
  });

  test('what was not delivered before the orchestrator went down is delivered once after it', async () => {
    const first = await startReceiver((response) => response.socket?.destroy());
    const id = await channel({ url: first.url, notices: ['campaign-finished'] });
    const campaign = await run('through a restart');
    await eventually(
      () => deliveries(id),
      (items) => items.length === 1,
    );
    await orchestrator[Symbol.asyncDispose]();
    await first[Symbol.asyncDispose]();
    await using receiver = await startReceiver();
    const pool = database.pool('public');
    await pool.query('update notification_channel set url = $1 where id = $2', [receiver.url, id]);
    orchestrator = await bench.serve();
    client = createClient(orchestrator.url);
    const [delivery] = await settled(id, 1);
    expect(delivery.state).toBe('delivered');
    expect(kindsOf(receiver)).toEqual(['campaign-finished']);
    expect(JSON.parse(receiver.received[0]?.body ?? '{}').campaign.id).toBe(campaign.id);
    await remove(id);
  });

  test('slow and hostile receivers end within their time and hold up nothing', async () => {
    await using slow = await startReceiver(() => {});
    await using endless = await startReceiver((response) => {
      const flood = () => {
        while (response.writable && response.write('x'.repeat(65_536)));
        response.once('drain', flood);
      };
      response.on('error', () => {});
      flood();
    });
    await using redirect = await startReceiver((response) => {
      response.writeHead(302, { location: 'http://169.254.169.254/latest/' }).end();
    });
    const notices = ['campaign-finished'];
    const ids = await Promise.all([
      channel({ name: 'slow', url: slow.url, notices }),
      channel({ name: 'endless', url: endless.url, notices }),
      channel({ name: 'redirect', url: redirect.url, notices }),
    ]);
    const campaign = await run('beside hostile receivers');
    expect(campaign.state).toBe('finished');
    const tried = await eventually(
      () => Promise.all(ids.map(deliveries)),
      (all) => all.every(([one]) => one?.tries > 0),
    );
    expect(tried[0]?.[0]).toMatchObject({ error: 'no answer within 1000 ms' });
    expect(tried[1]?.[0]).toMatchObject({ state: 'delivered', statusCode: 200 });
    expect(tried[2]?.[0]).toMatchObject({ state: 'failed', statusCode: 302, tries: 1 });
    expect(redirect.received).toHaveLength(1);
    await Promise.all(ids.map(remove));
  });

  test('addresses that are not public are refused when set and when resolved', async () => {
    for (const url of [
      'http://127.0.0.2/',
      'http://[::1]/',
      'http://169.254.169.254/',
      'http://2130706434/',
    ]) {
      const asked = { name: 'x', kind: 'webhook', secretRef: 'night-hook', url };
      const { status, body } = await client.post('/notification-channels', asked);
      expect(status, url).toBe(422);
      expect(body.errors[0].pointer).toBe('/url');
    }
    const id = await channel({ url: 'http://localhost:9/' });
    await client.post(`/notification-channels/${id}/test`, {});
    const [delivery] = await settled(id, 1);
    expect(delivery).toMatchObject({ state: 'failed', tries: 1 });
    expect(delivery.error).toMatch(/no public address/);
    await remove(id);
  });

  test('a channel that cannot work is refused with every reason', async () => {
    const { status, body } = await client.post('/notification-channels', {
      name: 'x',
      kind: 'webhook',
      secretRef: 'nobody-set-it',
      digest: { at: '07:00', timeZone: 'Mars/Base' },
    });
    expect(status).toBe(422);
    expect(body.errors.map((fault: { pointer: string }) => fault.pointer)).toEqual([
      '/url',
      '/secretRef',
      '/digest/timeZone',
    ]);
  });

  test('the digest comes by mail in the morning, with the bugchecks of the night', async () => {
    const digest = { at: '00:00', timeZone: 'UTC' };
    const made = await client.post('/notification-channels', {
      name: 'the admin',
      kind: 'email',
      to: ['admin@example.com'],
      notices: [],
      digest,
    });
    const { id } = made.body;
    const pool = database.pool('public');
    await pool.query(
      `update notification_channel set created_at = created_at - interval '2 days' where id = $1`,
      [id],
    );
    const [delivery] = await settled(id, 1);
    expect(delivery).toMatchObject({ kind: 'digest', state: 'delivered' });
    expect(mails).toHaveLength(1);
    expect(mails[0]).toContain('To: admin@example.com');
    // Those of a bucket that was known before are here, and nowhere else.
    const { rows } = await pool.query('select count(*)::int as bugchecks from bugcheck');
    expect(rows[0]?.bugchecks).toBeGreaterThan(10);
    const mail = mails[0]?.replaceAll(/=\r?\n/g, '') ?? '';
    expect(mail).toMatch(new RegExp(`- ${rows[0]?.bugchecks} x .*StorChannelVmbusCallback`));
    expect(mails[0]).toMatch(/Message-ID:\s+<digest-/i);
    await systemClock.sleep(2_500);
    expect(await deliveries(id)).toHaveLength(1);
  });
});

function expectSigned({ headers, body }: Received): void {
  const timestamp = String(headers['x-gauntlet-timestamp']);
  const expected = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  expect(headers['x-gauntlet-signature']).toBe(`v1=${expected}`);
  expect(Math.abs(systemClock.now() / 1000 - Number(timestamp))).toBeLessThan(120);
}

async function startSmtp(mails: string[]): Promise<{ url: string; close(): Promise<void> }> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    onData(stream, _session, callback) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        mails.push(Buffer.concat(chunks).toString());
        callback();
      });
    },
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.server.address() as { port: number };
  return {
    url: `smtp://127.0.0.1:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
      }),
  };
}
