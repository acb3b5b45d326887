import type { AttemptJob } from '@gauntlet/shared/contracts/attempt-job';
import type { VerdictView } from '@gauntlet/shared/contracts/verdict';
import { drawUnit } from '@gauntlet/shared/kernel/stream';
import { condEProcess } from '@gauntlet/statistics/conditional-e-process';
import { uiEProcess } from '@gauntlet/statistics/universal-inference';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Bench, createBench } from './support/core.ts';
import { createTestDatabase, type TestDatabase, testDatabaseUrl } from './support/database.ts';
import { type Client, createClient } from './support/http.ts';
import {
  anInventory,
  type ScriptedWorker,
  startScriptedWorker,
} from './support/scripted-worker.ts';
import { storvscBugcheck } from './support/storvsc.ts';

/** Rate of the bugcheck an attempt, by VM id; set by each test. */
let rateOf: (job: AttemptJob) => number = () => 0;

describe.skipIf(testDatabaseUrl === undefined)('the analysis of campaigns, over HTTP', () => {
  const stack = new AsyncDisposableStack();
  let database: TestDatabase;
  let bench: Bench;
  let client: Client;
  let clusterId: string;
  let worker: ScriptedWorker;

  beforeAll(async () => {
    database = stack.use(await createTestDatabase());
    bench = stack.use(await createBench(database));
    const orchestrator = stack.use(await bench.serve());
    client = createClient(orchestrator.url);
    clusterId = (await client.post('/clusters', { name: 'demo', driver: 'simulated' })).body.id;
    const inventory = anInventory(4, 8);
    worker = stack.use(
      startScriptedWorker({
        backend: bench.backend,
        clusterId,
        inventory,
        find: (job, clean) =>
          drawUnit(7, `crash.${job.vm.id}`, job.ordinal) < rateOf(job)
            ? storvscBugcheck(job, clean)
            : clean,
      }),
    );
  });

  afterAll(() => stack.disposeAsync());

  const campaign = (change: object) => ({
    name: 'a campaign',
    clusterId,
    settleMs: 0,
    limits: { concurrency: 16, outboundPerHost: 16, inboundPerHost: 16 },
    guards: { unhealthyVmsMax: 8 },
    ...change,
  });
  const twoArms = [
    { name: 'baseline', vms: { tags: ['even'] } },
    { name: 'fixed', vms: { names: ['guest 2', 'guest 4', 'guest 6', 'guest 8'] } },
  ];
  const isEven = (job: AttemptJob) => Number(job.vm.id.slice(3)) % 2 === 1;

  test('interleaved arms end confirmed, and every view tells the same number', async () => {
    rateOf = (job) => (isEven(job) ? 0.04 : 0);
    const view = await client.run(
      campaign({
        name: 'fixed',
        arms: twoArms,
        stop: { attemptsMax: 3000, verdict: { alpha: 0.05 } },
      }),
    );
    const verdict = view.verdict as VerdictView;
    expect(view.state).toBe('finished');
    expect(verdict).toMatchObject({ state: 'confirmed', design: 'interleaved', warnings: [] });
    expect(verdict.candidate?.bugchecks).toBe(0);
    expect(verdict.baseline.bugchecks).toBeGreaterThanOrEqual(5);
    expect(view.endReason).toContain('verdict: confirmed');
    const k0 = verdict.baseline.bugchecks;
    const direct = condEProcess({
      arms: Array.from({ length: k0 }, () => 0),
      r: Array.from({ length: k0 }, () => 0.5),
      rho0: 1,
    });
    expect(verdict.evidence?.logEValue).toBeCloseTo(direct.logE, 9);

    const series = (await client.get(`/campaigns/${view.id}/series`)).body;
    expect(series.evidence.points.at(-1).logEValue).toBe(verdict.evidence?.logEValue);
    expect(series.evidence.logDecision).toBeCloseTo(Math.log(20), 12);
    expect(series.arms[0].points.at(-1)).toMatchObject(verdict.rate.anytime);
    expect(series.bugchecks).toHaveLength(k0);

    const verdicts = (await client.get(`/campaigns/${view.id}/verdicts`)).body.items;
    expect(verdicts).toEqual([verdict]);

    const comparison = await client.post('/comparisons', {
      baseline: { campaignId: view.id, arm: 'baseline' },
      candidate: { campaignId: view.id, arm: 'fixed' },
      alpha: 0.05,
    });
    expect(comparison.status).toBe(201);
    expect(comparison.body.verdict).toEqual(verdict);
    const again = await client.get(`/comparisons/${comparison.body.id}`);
    expect(again.body).toEqual(comparison.body);
  });

  test('a fix that is none is not confirmed', async () => {
    rateOf = () => 0.03;
    const view = await client.run(
      campaign({
        name: 'no fix',
        arms: twoArms,
        stop: { attemptsMax: 600, verdict: { effectivenessTarget: 0 } },
      }),
    );
    expect(['baseline-ready', 'reproduced', 'refuted']).toContain(view.verdict?.state);
    expect(view.verdict?.sentence).not.toMatch(/prove/);
  });

  test('"eliminated" is refuted by the first bugcheck of the candidate', async () => {
    rateOf = (job) => (isEven(job) ? 0 : 0.1);
    const view = await client.run(
      campaign({
        arms: twoArms,
        stop: { attemptsMax: 1000, verdict: { effectivenessTarget: 1 } },
      }),
    );
    expect(view.verdict?.state).toBe('refuted');
    expect(view.progress.attemptsSettled).toBeLessThan(1000);
  });

  test('a hunt gives up once the rate is below what is of interest', async () => {
    rateOf = () => 0;
    const view = await client.run(
      campaign({ stop: { attemptsMax: 3000, verdict: { futilityRate: 0.01 } } }),
    );
    expect(view.verdict).toMatchObject({ state: 'futile', design: 'single-arm' });
    expect(view.progress.attemptsSettled).toBeLessThan(1000);
  });

  test('a registered plan confirms at its count, once, and beats the live evidence', async () => {
    rateOf = () => 0.03;
    const before = await client.run(campaign({ name: 'before', stop: { bugchecksMin: 4 } }));
    expect(before.verdict?.state).toBe('baseline-ready');
    const asked = { baseline: { campaignId: before.id, arm: 'baseline' }, alpha: 0.05 };
    const plan = await client.post('/serial-plans', asked);
    expect(plan.status).toBe(201);
    expect(plan.body).toMatchObject({ state: 'registered', rateRatioMax: 1 });
    const wanted = plan.body.stages[0].migrations;
    const { bugchecks, migrations } = plan.body.baseline;
    expect(wanted).toBe(Math.ceil(migrations * (0.05 ** (-1 / bugchecks) - 1)));

    rateOf = () => 0;
    const rule = { serialPlanId: plan.body.id };
    const after = await client.run(
      campaign({ name: 'after', stop: { attemptsMax: 2000, verdict: rule } }),
    );
    expect(after.verdict).toMatchObject({ state: 'confirmed', design: 'registered-plan' });
    expect(after.verdict?.serialPlan?.state).toBe('completed');
    expect(after.verdict?.candidate?.exposures).toBeGreaterThanOrEqual(wanted);
    expect(after.verdict?.candidate?.exposures).toBeLessThan(wanted + 64);
    expect((await client.get(`/serial-plans/${plan.body.id}`)).body).toMatchObject({
      state: 'completed',
      candidateCampaignId: after.id,
    });

    const reused = await client.post('/campaigns', campaign({ stop: { verdict: rule } }));
    expect(reused.status).toBe(422);
    expect(reused.body.errors[0].pointer).toBe('/stop/verdict/serialPlanId');

    const arms = {
      baseline: { campaignId: before.id, arm: 'baseline' },
      candidate: { campaignId: after.id, arm: 'baseline' },
    };
    const live = (await client.post('/comparisons', arms)).body;
    expect(live).toMatchObject({ state: 'inconclusive', verdict: { design: 'sequence' } });
    const k0 = live.verdict.baseline.bugchecks;
    const direct = uiEProcess({
      k0,
      n0: live.verdict.baseline.exposures,
      k1: 0,
      n1: live.verdict.candidate.exposures,
      rho0: 1,
    });
    expect(live.eValue).toBeCloseTo(Math.exp(direct.logE), 6);
    const planned = await client.post('/comparisons', { ...arms, serialPlanId: plan.body.id });
    expect(planned.body.state).toBe('confirmed');

    const late = await client.post('/serial-plans', asked);
    const tooLate = await client.post('/comparisons', { ...arms, serialPlanId: late.body.id });
    expect(tooLate.status).toBe(422);
    expect(tooLate.body.detail).toContain('after the candidate had started');
  });

  test('exposures of a foreign fingerprint reach neither verdict nor factors', async () => {
    rateOf = () => 0.05;
    const view = await client.run(
      campaign({
        arms: [{ name: 'patched', fingerprint: { hotfixes: ['KB2636573'] } }],
        stop: { attemptsMax: 200 },
      }),
    );
    expect(view.arms[0]?.fingerprintMismatches).toBe(200);
    expect(view.verdict).toMatchObject({ state: 'inconclusive' });
    expect(view.verdict?.baseline).toMatchObject({ bugchecks: 0, exposures: 0 });
    const factors = (await client.get(`/campaigns/${view.id}/factors`)).body;
    expect(factors).toMatchObject({ exposures: 0, bugchecks: 0, method: 'counts-only' });
  });

  test('factors, plan and configurations of a campaign', async () => {
    rateOf = (job) => (job.vm.id === 'vm-3' ? 0.2 : 0.005);
    const view = await client.run(campaign({ name: 'factors', stop: { attemptsMax: 800 } }));
    const factors = (await client.get(`/campaigns/${view.id}/factors`)).body;
    expect(factors.exposures).toBe(800);
    expect(factors.bugchecks).toBe(view.arms[0]?.bugchecks);
    const hot = factors.configurations.find((one: { vm: string }) => one.vm === 'guest 3');
    expect(hot.bugchecks).toBeGreaterThan(5);
    expect(factors.sentence).toContain(`${factors.bugchecks} bugcheck`);
    const plan = (await client.get(`/campaigns/${view.id}/plan?hoursPerNight=10`)).body;
    expect(plan).toMatchObject({ exposures: 800, attemptsLeft: 0, hoursPerNight: 10 });
    expect(plan.toNextBugcheck.predictive.migrations).toBeGreaterThan(0);
    expect(plan.sentence).toContain('So far');
  });

  test('adaptive allocation favours the VM that bugchecks, logs how, and is no baseline', async () => {
    rateOf = (job) => (job.vm.id === 'vm-3' ? 0.5 : 0);
    const view = await client.run(
      campaign({
        name: 'hunt',
        placement: { allocation: 'thompson' },
        stop: { attemptsMax: 400 },
      }),
    );
    const factors = (await client.get(`/campaigns/${view.id}/factors`)).body;
    const shares = factors.configurations.map((one: { share: number }) => one.share);
    expect(shares.reduce((total: number, share: number) => total + share, 0)).toBeCloseTo(1, 9);
    expect(Math.min(...shares)).toBeGreaterThanOrEqual(0.1 / 8 - 1e-9);
    const hot = factors.configurations.find((one: { vm: string }) => one.vm === 'guest 3');
    expect(hot.share).toBe(Math.max(...shares));
    expect(hot.exposures).toBeGreaterThan(400 / 8);
    const attempts = (await client.get(`/campaigns/${view.id}/attempts?limit=500`)).body.items;
    for (const { probability } of attempts) {
      expect(probability).toBeGreaterThan(0);
      expect(probability).toBeLessThanOrEqual(1);
    }
    const asked = { baseline: { campaignId: view.id, arm: 'baseline' } };
    const refused = await client.post('/serial-plans', asked);
    expect(refused.status).toBe(422);
    expect(refused.body.detail).toContain('hunt');
    const arms = { arms: twoArms, placement: { allocation: 'thompson' } };
    const two = await client.post('/campaigns', campaign({ ...arms, stop: { attemptsMax: 10 } }));
    expect(two.status).toBe(422);
    expect(two.body.errors[0].pointer).toBe('/placement/allocation');
  });

  test('a plan says before the start which rate it finds', async () => {
    const asked = campaign({ stop: { attemptsMax: 12_000 } });
    const { status, body } = await client.post('/campaigns?dryRun=true', asked);
    expect(status).toBe(200);
    expect(body.forecast.detectableRate).toBeCloseTo(1 / 4006.2, 9);
    expect(body.forecast.sentence).toContain('12,000 migrations find a rate of 1 in 4,006');
  });

  test('questions that have no answer are refused with the reason', async () => {
    const none = '019a0000-0000-7000-8000-00000000dead';
    for (const path of ['verdicts', 'series', 'factors', 'plan']) {
      expect((await client.get(`/campaigns/${none}/${path}`)).status).toBe(404);
    }
    expect((await client.get(`/comparisons/${none}`)).status).toBe(404);
    expect((await client.get(`/serial-plans/${none}`)).status).toBe(404);
    rateOf = () => 0;
    const view = await client.run(campaign({ name: 'short', stop: { attemptsMax: 5 } }));
    const arm = { campaignId: view.id, arm: 'baseline' };
    const same = await client.post('/comparisons', { baseline: arm, candidate: arm });
    expect(same.status).toBe(422);
    const noArm = { campaignId: view.id, arm: 'nobody' };
    expect((await client.post('/comparisons', { baseline: arm, candidate: noArm })).status).toBe(
      422,
    );
    const unproven = await client.post('/serial-plans', { baseline: arm });
    expect(unproven.status).toBe(422);
    expect(unproven.body.errors[0]).toMatchObject({ pointer: '/baseline' });
    const idle = await client.post('/campaigns', campaign({ stop: { verdict: {} } }));
    expect(idle.status).toBe(422);
    expect(idle.body.errors[0].pointer).toBe('/stop/verdict');
    expect(worker.ran.length).toBeGreaterThan(0);
  });
});
