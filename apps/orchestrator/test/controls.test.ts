import type { AttemptJob } from '@gauntlet/shared/contracts/attempt-job';
import type { AttemptReport } from '@gauntlet/shared/contracts/attempt-report';
import type { ControlReply } from '@gauntlet/shared/contracts/worker-messages';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Bench, createBench } from './support/core.ts';
import { createTestDatabase, type TestDatabase, testDatabaseUrl } from './support/database.ts';
import { type Client, createClient } from './support/http.ts';
import { anInventory, startScriptedWorker } from './support/scripted-worker.ts';
import { storvscBugcheck } from './support/storvsc.ts';

type Seen = NonNullable<ControlReply['controls']>;

const unproven =
  'No positive control was seen: that a bugcheck would have been noticed is unproven.';
const shown: Seen = { positive: 'seen', negative: 'quiet', problems: [] };

/** What the next campaign meets; set by each test. */
let controls: Seen | null = null;
let find: (job: AttemptJob, clean: AttemptReport) => AttemptReport = (_, clean) => clean;

describe.skipIf(testDatabaseUrl === undefined)('was it ever seen that a crash is noticed?', () => {
  const stack = new AsyncDisposableStack();
  let database: TestDatabase;
  let bench: Bench;
  let client: Client;
  let clusterId: string;

  beforeAll(async () => {
    database = stack.use(await createTestDatabase());
    bench = stack.use(await createBench(database));
    client = createClient(stack.use(await bench.serve()).url);
    clusterId = (await client.post('/clusters', { name: 'demo', driver: 'simulated' })).body.id;
    const { backend } = bench;
    const inventory = anInventory(4, 8);
    stack.use(
      startScriptedWorker({
        backend,
        clusterId,
        inventory,
        find: (job, clean) => find(job, clean),
        controls: () => controls,
      }),
    );
  });

  beforeEach(() => {
    controls = null;
    find = (_, clean) => clean;
  });

  afterAll(() => stack.disposeAsync());

  const campaign = (change: object) => ({
    name: 'a campaign',
    clusterId,
    settleMs: 0,
    limits: { concurrency: 8, outboundPerHost: 8, inboundPerHost: 8 },
    guards: { unhealthyVmsMax: 8 },
    stop: { attemptsMax: 20 },
    ...change,
  });

  test('a zero without a control is called unproven', async () => {
    const view = await client.run(campaign({}));
    expect(view).toMatchObject({ controls: null, positiveControl: 'not-seen' });
    expect(view.verdict).toMatchObject({ unproven: true });
    expect(view.verdict?.sentence).toMatch(
      /^0 bugchecks in 20 migrations; .* Not reproduced\. No /,
    );
    expect(view.verdict?.sentence).toContain(unproven);
    const report = (await client.get(`/campaigns/${view.id}/report?format=json`)).body;
    expect(report.sentence).toContain(unproven);
  });

  test('controls run before the first attempt, are kept, and are no attempts', async () => {
    controls = shown;
    const view = await client.run(campaign({ controls: 'at-start' }));
    expect(view.controls).toMatchObject({ vm: 'guest 1', ...shown });
    expect(view).toMatchObject({ positiveControl: 'seen-on-command' });
    expect(view.progress.attemptsSettled).toBe(20);
    expect(view.arms[0]).toMatchObject({ exposures: 20, bugchecks: 0 });
    expect(view.verdict).toMatchObject({ unproven: false });
    expect(view.verdict?.sentence).not.toContain('unproven');
  });

  test('a control that was missed proves nothing, and says what was missed', async () => {
    const problems = ['guest 1 hung on command and nobody noticed'];
    controls = { positive: 'missed', negative: 'quiet', problems };
    const view = await client.run(campaign({ controls: 'at-start' }));
    expect(view.controls).toMatchObject({ positive: 'missed', problems });
    expect(view.verdict?.sentence).toContain(unproven);
  });

  test('a bugcheck that was found shows it as well, for the other arm too', async () => {
    find = (job, clean) => (job.vm.id === 'vm-1' ? storvscBugcheck(job, clean) : clean);
    const arms = [
      { name: 'before', vms: { names: ['guest 1'] } },
      { name: 'after', vms: { names: ['guest 2'] } },
    ];
    const view = await client.run(campaign({ arms }));
    expect(view).toMatchObject({ controls: null, positiveControl: 'seen-in-campaign' });
    expect(view.verdict?.candidate).toMatchObject({ bugchecks: 0 });
    expect(view.verdict?.sentence).not.toContain('unproven');
  });

  test('controls that cannot run are refused with the reason, and nothing starts', async () => {
    const refused = await client.post('/campaigns', campaign({ controls: 'at-start' }));
    expect(refused.status).toBe(422);
    expect(refused.body.errors).toEqual([
      { pointer: '/controls', detail: expect.stringContaining('crashes no guest on command') },
    ]);
    controls = shown;
    const windows = [{ cron: '0 22 * * *', timeZone: 'UTC', durationMinutes: 60 }];
    const late = await client.post('/campaigns', campaign({ controls: 'at-start', windows }));
    expect(late.status).toBe(422);
    expect(late.body.errors).toMatchObject([{ pointer: '/controls' }]);
  });

  test('a verdict may count every finding, whatever it looks like', async () => {
    const bad: AttemptReport['outcome'][] = ['guest-hang', 'guest-fault', 'guest-bugcheck'];
    find = (job, clean) => {
      const outcome = bad[job.ordinal % bad.length] ?? 'guest-hang';
      if (job.vm.id !== 'vm-1' && job.vm.id !== 'vm-3') return clean;
      if (outcome === 'guest-bugcheck') return storvscBugcheck(job, clean);
      const fault = { probe: 'page-checker', detail: 'page 7 holds 1, wrote 2' };
      return { ...clean, outcome, fault: outcome === 'guest-fault' ? fault : null };
    };
    const arms = [
      { name: 'even', vms: { names: ['guest 1', 'guest 3'] } },
      { name: 'odd', vms: { names: ['guest 2', 'guest 4'] } },
    ];
    const verdict = { counts: 'any-finding' };
    const view = await client.run(campaign({ arms, stop: { attemptsMax: 200, verdict } }));
    expect(view.verdict).toMatchObject({ state: 'confirmed', counts: 'any-finding' });
    expect(view.verdict?.baseline.bugchecks).toBeGreaterThanOrEqual(5);
    expect(view.verdict?.sentence).toMatch(/^0 findings in \d+ migrations? of odd\./);
    expect(view.endReason).toContain('verdict: confirmed');
    expect(view.progress.attemptsSettled).toBeLessThan(100);
  });

  test('any finding goes with no bucket', async () => {
    const verdict = {
      counts: 'any-finding',
      futilityRate: 0.1,
      bucketId: '01890000-0000-7000-8000-000000000000',
    };
    const refused = await client.post('/campaigns', campaign({ stop: { verdict } }));
    expect(refused.status).toBe(422);
    expect(refused.body.errors).toMatchObject([{ pointer: '/stop/verdict/counts' }]);
  });
});
