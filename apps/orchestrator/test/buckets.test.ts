import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Core } from '../src/compose-core.ts';
import { aCampaign, type Bench, createBench, ended } from './support/core.ts';
import { createTestDatabase, type TestDatabase, testDatabaseUrl } from './support/database.ts';
import {
  anInventory,
  type ScriptedWorker,
  startScriptedWorker,
} from './support/scripted-worker.ts';
import { storvscBugcheck } from './support/storvsc.ts';

describe.skipIf(testDatabaseUrl === undefined)('buckets, moved by hand', () => {
  let database: TestDatabase;
  let bench: Bench;
  let core: Core;
  let clusterId: string;
  let worker: ScriptedWorker;

  beforeAll(async () => {
    database = await createTestDatabase();
    bench = await createBench(database);
    core = await bench.start();
    clusterId = (await core.useCases.createCluster({ name: 'demo', driver: 'simulated' })).id;
    worker = startScriptedWorker({
      backend: bench.backend,
      clusterId,
      inventory: anInventory(4, 8),
      // Every fourth attempt ends in one function of storvsc, every other fourth in another.
      find: (job, clean) => {
        if (job.ordinal % 4 > 1) return clean;
        const crash = storvscBugcheck(job, clean);
        if (job.ordinal % 4 === 0 || crash.bugcheck === null) return crash;
        return { ...crash, bugcheck: { ...crash.bugcheck, function: 'StorChannelOther' } };
      },
    });
    await runCampaign();
  });

  afterAll(async () => {
    await worker[Symbol.asyncDispose]();
    await core[Symbol.asyncDispose]();
    await bench[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  test('a bucket of one signature is pure', async () => {
    const buckets = await listBuckets();
    expect(buckets.map(({ bugchecks, purity }) => [bugchecks, purity])).toEqual([
      [10, 1],
      [10, 1],
    ]);
  });

  test('a merged bucket gives all it has, and all that comes later, to its target', async () => {
    const [other, storvsc] = await listBuckets();
    const merged = await core.useCases.mergeBucket(other?.id ?? '', { into: storvsc?.id ?? '' });
    expect(merged).toMatchObject({ id: storvsc?.id, bugchecks: 20, purity: 0.5 });
    expect(await listBuckets()).toHaveLength(1);
    // The verdict counts what the bucket has now, under either name.
    const [ran] = (await core.useCases.listCampaigns({}, { limit: 1 })).items;
    expect(ran?.verdict).toMatchObject({ bucketId: storvsc?.id, baseline: { bugchecks: 20 } });
    const series = await core.useCases.readSeries(ran?.id ?? '', { bucketId: other?.id });
    expect(series.bucketId).toBe(storvsc?.id);
    expect(series.arms[0]?.points.at(-1)?.bugchecks).toBe(20);
    expect(await core.useCases.getBucket(other?.id ?? '')).toMatchObject({
      bugchecks: 0,
      mergedInto: storvsc?.id,
    });
    await runCampaign();
    const [after, ...rest] = await listBuckets();
    expect(rest).toEqual([]);
    expect(after).toMatchObject({ id: storvsc?.id, bugchecks: 40, purity: 0.5 });
    const members = await core.useCases.listBugchecks({ bucketId: storvsc?.id }, { limit: 100 });
    expect(members.items).toHaveLength(40);
    await expect(
      core.useCases.mergeBucket(other?.id ?? '', { into: storvsc?.id ?? '' }),
    ).rejects.toMatchObject({ code: 'state.conflict' });
  });

  test('a split takes out what people name, and leaves the rest', async () => {
    const [mixed] = await listBuckets();
    const all = await core.useCases.listBugchecks({ bucketId: mixed?.id }, { limit: 100 });
    const others = all.items.filter((one) => one.function === 'StorChannelOther');
    const split = await core.useCases.splitBucket(mixed?.id ?? '', {
      bugcheckIds: others.map(({ id }) => id),
      title: 'another defect',
    });
    expect(split).toMatchObject({ title: 'another defect', bugchecks: 20, purity: 1 });
    expect(await core.useCases.getBucket(mixed?.id ?? '')).toMatchObject({
      bugchecks: 20,
      purity: 1,
    });
    expect(split.seenIn?.campaigns.reduce((sum, { bugchecks }) => sum + bugchecks, 0)).toBe(20);
  });

  test('what cannot be is refused, and changes nothing', async () => {
    const before = await listBuckets();
    const [first, second] = before;
    const id = first?.id ?? '';
    const { useCases } = core;
    await expect(useCases.mergeBucket(id, { into: id })).rejects.toMatchObject({
      code: 'request.impossible',
    });
    const nobody = '0190c0de-0000-7000-8000-000000000000';
    await expect(useCases.mergeBucket(id, { into: nobody })).rejects.toMatchObject({
      code: 'resource.unknown',
    });
    const foreign = await useCases.listBugchecks({ bucketId: second?.id }, { limit: 1 });
    const bugcheckIds = foreign.items.map((one) => one.id);
    await expect(useCases.splitBucket(id, { bugcheckIds })).rejects.toMatchObject({
      code: 'request.impossible',
    });
    const own = await useCases.listBugchecks({ bucketId: id }, { limit: 100 });
    await expect(
      useCases.splitBucket(id, { bugcheckIds: own.items.map((one) => one.id) }),
    ).rejects.toMatchObject({ code: 'request.impossible' });
    expect(await listBuckets()).toEqual(before);
  });

  async function listBuckets() {
    return (await core.useCases.listBuckets({ limit: 100 })).items;
  }

  async function runCampaign(): Promise<void> {
    const stop = { attemptsMax: 40 };
    const started = await core.useCases.startCampaign(
      aCampaign(clusterId, { name: `campaign ${worker.ran.length}`, stop }),
    );
    await ended(core.useCases, started.id);
  }
});
