import type { AttemptJob } from '@gauntlet/shared/contracts/attempt-job';
import type { AttemptReport } from '@gauntlet/shared/contracts/attempt-report';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { attemptsCsv } from '../src/application/attempts-csv.ts';
import type { Core } from '../src/compose-core.ts';
import { aCampaign, type Bench, createBench, ended } from './support/core.ts';
import { createTestDatabase, type TestDatabase, testDatabaseUrl } from './support/database.ts';
import {
  anInventory,
  type ScriptedWorker,
  startScriptedWorker,
} from './support/scripted-worker.ts';

/** Every fiftieth attempt bugchecks in storvsc. */
function find(job: AttemptJob, clean: AttemptReport): AttemptReport {
  if (job.ordinal % 50 !== 7) return clean;
  return {
    ...clean,
    outcome: 'guest-bugcheck',
    bugcheck: {
      subject: 'guest',
      host: job.target,
      code: 0xd1,
      parameters: ['0x28', '0x2', '0x0', '0xfffff88001a2c2b8'],
      module: 'storvsc',
      function: 'StorChannelVmbusCallback',
      offset: 0x2b8,
      reason: null,
      occurredAt: job.queuedAt,
      phase: 'settle',
      msSinceSwitchover: 300,
      channels: ['event-18590'],
    },
  };
}

describe.skipIf(testDatabaseUrl === undefined)('what the dashboard reads', () => {
  let database: TestDatabase;
  let bench: Bench;
  let core: Core;
  let worker: ScriptedWorker;
  let clusterId: string;
  let campaignId: string;

  beforeAll(async () => {
    database = await createTestDatabase();
    bench = await createBench(database);
    core = await bench.start();
    clusterId = (await core.useCases.createCluster({ name: 'demo', driver: 'simulated' })).id;
    const inventory = anInventory(4, 8);
    worker = startScriptedWorker({ backend: bench.backend, clusterId, inventory, find });
    const started = await core.useCases.startCampaign(
      aCampaign(clusterId, { stop: { attemptsMax: 300 } }),
    );
    campaignId = (await ended(core.useCases, started.id)).id;
  });

  afterAll(async () => {
    await worker[Symbol.asyncDispose]();
    await core[Symbol.asyncDispose]();
    await bench[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  test('pages of attempts, newest first, join without a gap and without a repeat', async () => {
    const ordinals: number[] = [];
    let cursor: string | undefined;
    do {
      const page = await core.useCases.listAttempts(campaignId, {
        limit: 70,
        order: 'newest',
        ...(cursor === undefined ? {} : { cursor }),
      });
      ordinals.push(...page.items.map((attempt) => attempt.ordinal));
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    expect(ordinals).toEqual(Array.from({ length: 300 }, (_, i) => 299 - i));
  });

  test('lanes show the hosts, what settled lately and the change of state', async () => {
    const lanes = await core.useCases.readLanes(clusterId);
    expect(lanes.hosts.map((host) => host.name)).toHaveLength(4);
    expect(lanes.inFlight).toEqual([]);
    expect(lanes.recent).toHaveLength(300);
    expect(lanes.recent[0]).toMatchObject({ campaignId, state: 'settled', phase: null });
    expect(lanes.marks.map((mark) => mark.kind)).toContain('state');
    expect(lanes.caps).toBeNull();
  });

  test('a bucket knows its rate over the exposures where it was seen, and on which VMs', async () => {
    const [bucket] = (await core.useCases.listBuckets({ limit: 10 })).items;
    expect(bucket).toMatchObject({ bugchecks: 6, rate: { exposures: 300, estimate: 0.02 } });
    expect(bucket?.seenIn).toBeUndefined();
    const alone = await core.useCases.getBucket(bucket?.id ?? '');
    expect(alone.seenIn?.campaigns).toEqual([
      { id: campaignId, name: 'a campaign', arm: expect.any(String), bugchecks: 6 },
    ]);
    const onVms = alone.seenIn?.vms.reduce((sum, vm) => sum + vm.bugchecks, 0);
    expect(onVms).toBe(6);
  });

  test('a bugcheck says what its parameters stand for', async () => {
    const [bugcheck] = (await core.useCases.listBugchecks({ campaignId }, { limit: 1 })).items;
    expect(bugcheck?.parameterMeanings).toEqual([
      'address referenced',
      'IRQL',
      'access: 0 read, 1 write, 2 or 8 execute',
      'instruction that referenced it',
    ]);
    expect(bugcheck?.codeClass).toBe('driver');
  });

  test('the CSV has one line for each attempt of the filter', async () => {
    let text = '';
    const filter = { outcome: 'guest-bugcheck' as const };
    for await (const piece of attemptsCsv(core.useCases, campaignId, filter)) text += piece;
    const lines = text.trimEnd().split('\r\n');
    expect(lines).toHaveLength(7);
    expect(lines[1]).toContain('guest-bugcheck');
  });
});
