import { AppError } from '@gauntlet/shared/contracts/errors';
import type { NewSchedule } from '@gauntlet/shared/contracts/schedules';
import { type Instant, parseIso, toInstant } from '@gauntlet/shared/kernel/instant';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Core } from '../src/compose-core.ts';
import { type CalendarClock, createCalendarClock } from './support/calendar-clock.ts';
import { aCampaign, type Bench, createBench, ended, eventually } from './support/core.ts';
import { createTestDatabase, type TestDatabase, testDatabaseUrl } from './support/database.ts';
import {
  anInventory,
  type ScriptedWorker,
  startScriptedWorker,
} from './support/scripted-worker.ts';

function at(iso: string): Instant {
  return parseIso(iso) ?? toInstant(0);
}

describe.skipIf(testDatabaseUrl === undefined)('schedules, windows and guards', () => {
  const inventory = anInventory(4, 6);
  let clock: CalendarClock;
  let database: TestDatabase;
  let bench: Bench;
  let core: Core;
  let clusterId: string;
  let worker: ScriptedWorker;

  beforeAll(async () => {
    clock = createCalendarClock(at('2026-11-24T12:00:00Z'), 1);
    database = await createTestDatabase();
    bench = await createBench(database, undefined, {}, clock);
    core = await bench.start();
    const cluster = await core.useCases.createCluster({ name: 'demo', driver: 'simulated' });
    clusterId = cluster.id;
    worker = startScriptedWorker({ backend: bench.backend, clusterId, inventory });
  });

  afterAll(async () => {
    await worker[Symbol.asyncDispose]();
    await core[Symbol.asyncDispose]();
    await bench[Symbol.asyncDispose]();
    await database[Symbol.asyncDispose]();
  });

  function aSchedule(change: Partial<NewSchedule> = {}): NewSchedule {
    return {
      name: 'nightly',
      cron: '0 20 * * *',
      timeZone: 'Europe/Berlin',
      campaign: aCampaign(clusterId, { stop: { attemptsMax: 3 } }),
      ...change,
    };
  }

  function lastFiring(id: string) {
    return core.useCases.getSchedule(id).then((schedule) => schedule.lastFiring);
  }

  function fired(id: string, outcome: string) {
    return eventually(
      () => lastFiring(id),
      (firing) => firing?.outcome === outcome,
    );
  }

  test('a schedule fires on the evening, once, and its campaign runs', async () => {
    clock.jumpTo(at('2026-11-24T18:59:00Z'));
    const schedule = await core.useCases.createSchedule(aSchedule());
    expect(schedule.nextAt).toBe('2026-11-24T19:00:00.000Z');
    expect(await core.useCases.previewSchedule(schedule.id, 2)).toEqual({
      items: ['2026-11-24T19:00:00.000Z', '2026-11-25T19:00:00.000Z'],
    });
    expect(schedule.lastFiring).toBeNull();
    clock.jumpTo(at('2026-11-24T19:00:01Z'));
    const firing = await fired(schedule.id, 'started');
    expect(firing).toMatchObject({ dueAt: '2026-11-24T19:00:00.000Z', missed: 0, detail: null });
    const campaign = await ended(core.useCases, firing?.campaignId ?? '');
    expect(campaign).toMatchObject({ state: 'finished', scheduleId: schedule.id });
    const { items } = await core.useCases.listCampaigns({}, { limit: 100 });
    expect(items.filter((one) => one.scheduleId === schedule.id)).toHaveLength(1);
    expect((await core.useCases.getSchedule(schedule.id)).nextAt).toBe('2026-11-25T19:00:00.000Z');
    await core.useCases.deleteSchedule(schedule.id);
  });

  test('nights nobody heard are caught up once, or skipped, and that is said', async () => {
    clock.jumpTo(at('2026-12-01T12:00:00Z'));
    const once = await core.useCases.createSchedule(aSchedule());
    const skip = await core.useCases.createSchedule(aSchedule({ catchUp: 'skip' }));
    clock.jumpTo(at('2026-12-04T03:00:00Z'));
    const caught = await fired(once.id, 'started');
    expect(caught).toMatchObject({ dueAt: '2026-12-03T19:00:00.000Z', missed: 2 });
    expect(caught?.detail).toMatch(/nobody heard it; 2 firings before it were missed/);
    expect(await fired(skip.id, 'skipped')).toMatchObject({ campaignId: null, missed: 2 });
    await ended(core.useCases, caught?.campaignId ?? '');
    await core.useCases.deleteSchedule(once.id);
    await core.useCases.deleteSchedule(skip.id);
  });

  test('a firing during the campaign before it is skipped, or waits for its end', async () => {
    clock.jumpTo(at('2026-12-05T18:59:00Z'));
    const endless = aCampaign(clusterId, { stop: { attemptsMax: 1_000_000 } });
    const skip = await core.useCases.createSchedule(aSchedule({ campaign: endless }));
    clock.jumpTo(at('2026-12-05T19:00:01Z'));
    const first = await fired(skip.id, 'started');
    clock.jumpTo(at('2026-12-06T19:00:01Z'));
    expect((await fired(skip.id, 'skipped'))?.detail).toBe('the campaign before it is not over');
    await core.useCases.changeSchedule(skip.id, { overlap: 'queue' });
    clock.jumpTo(at('2026-12-07T19:00:01Z'));
    await fired(skip.id, 'queued');
    await core.useCases.stopCampaign(first?.campaignId ?? '');
    const second = await fired(skip.id, 'started');
    expect(second?.campaignId).not.toBe(first?.campaignId);
    await core.useCases.changeSchedule(skip.id, { paused: true });
    expect((await core.useCases.getSchedule(skip.id)).nextAt).toBeNull();
    await core.useCases.stopCampaign(second?.campaignId ?? '');
    await ended(core.useCases, second?.campaignId ?? '');
    clock.jumpTo(at('2026-12-08T19:00:01Z'));
    await systemClock.sleep(3_000);
    expect(await lastFiring(skip.id)).toEqual(second);
    const resumed = await core.useCases.changeSchedule(skip.id, { paused: false });
    expect(resumed.nextAt).toBe('2026-12-09T19:00:00.000Z');
    await core.useCases.deleteSchedule(skip.id);
  });

  test('a schedule that can never run is refused with every fault', async () => {
    const impossible = aSchedule({
      cron: '61 * * * *',
      campaign: aCampaign(clusterId, { stop: {} }),
    });
    const refused: unknown = await core.useCases
      .createSchedule(impossible)
      .catch((e: unknown) => e);
    expect(refused).toBeInstanceOf(AppError);
    expect((refused as AppError).details).toMatchObject({
      errors: [{ pointer: '/cron' }, { pointer: '/campaign/stop' }],
    });
  });

  test('a campaign waits for its window, works in it, and its tallies go on the next night', async () => {
    clock.jumpTo(at('2026-12-10T12:00:00Z'));
    const windows = [{ cron: '0 20 * * *', timeZone: 'Europe/Berlin', durationMinutes: 600 }];
    const stop = { attemptsMax: 1_000_000 };
    const started = await core.useCases.startCampaign(aCampaign(clusterId, { windows, stop }));
    const settled = async () => (await core.useCases.getCampaign(started.id)).progress;
    const inState = (state: string) =>
      eventually(
        () => core.useCases.getCampaign(started.id),
        (view) => view.state === state && (state === 'running' || view.progress.inFlight === 0),
      );
    const waiting = await inState('waiting-for-window');
    expect(waiting.blockedBecause).toBe(
      'waiting for its window, which opens at 2026-12-10T19:00:00.000Z',
    );
    expect(waiting.progress.attemptsPlanned).toBe(0);
    clock.jumpTo(at('2026-12-10T19:00:00Z'));
    await eventually(settled, ({ attemptsSettled }) => attemptsSettled >= 10);
    clock.jumpTo(at('2026-12-11T05:00:00Z'));
    const closed = await inState('waiting-for-window');
    expect(closed.blockedBecause).toMatch(/2026-12-11T19:00:00.000Z$/);
    await systemClock.sleep(1_500);
    const { attemptsPlanned, attemptsSettled } = closed.progress;
    expect(await settled()).toMatchObject({ attemptsPlanned, attemptsSettled });
    clock.jumpTo(at('2026-12-11T19:00:00Z'));
    await eventually(settled, (now) => now.attemptsSettled >= attemptsSettled + 10);
    await core.useCases.stopCampaign(started.id);
    const over = await ended(core.useCases, started.id);
    expect(over.putBack).toMatchObject({ differences: [] });
  });

  test('hosts that go down trip their guard on the timer, and a person resumes', async () => {
    const stop = { attemptsMax: 1_000_000 };
    const limits = { concurrency: 1, cooldownMs: 200 };
    const started = await core.useCases.startCampaign(aCampaign(clusterId, { stop, limits }));
    const paused = () =>
      eventually(
        () => core.useCases.getCampaign(started.id),
        ({ state }) => state === 'paused',
      );
    expect(started.preflight?.every((check) => check.ok)).toBe(true);
    for (const host of inventory.hosts.slice(0, 2)) host.state = 'down';
    await core.useCases.readInventory(clusterId, { refresh: true });
    const tripped = await paused();
    expect(tripped.guardTrip).toMatchObject({ guard: 'hostsDownMax', value: 2, limit: 1 });
    expect(tripped.blockedBecause).toMatch(/2 of 4 hosts are not up .*host-1, host-2/);
    // Accepted as it is, and not when it becomes worse.
    expect((await core.useCases.resumeCampaign(started.id)).guardTrip).toBeNull();
    await systemClock.sleep(6_000);
    expect((await core.useCases.getCampaign(started.id)).state).toBe('running');
    for (const host of inventory.hosts.slice(2, 3)) host.state = 'down';
    await core.useCases.readInventory(clusterId, { refresh: true });
    expect((await paused()).guardTrip).toMatchObject({ guard: 'hostsDownMax', value: 3 });
    const refused = core.useCases.startCampaign(aCampaign(clusterId));
    await expect(refused).rejects.toMatchObject({ code: 'request.impossible' });
    for (const host of inventory.hosts) host.state = 'up';
    await core.useCases.stopCampaign(started.id);
    await ended(core.useCases, started.id);
  });

  test('what is not as it was before the first attempt is told at the end', async () => {
    const stop = { attemptsMax: 1_000_000 };
    const started = await core.useCases.startCampaign(aCampaign(clusterId, { stop }));
    await eventually(
      () => core.useCases.getCampaign(started.id),
      ({ progress }) => progress.attemptsSettled > 10,
    );
    const [vm] = inventory.vms;
    if (vm !== undefined) vm.processorCompatibility = true;
    await core.useCases.stopCampaign(started.id);
    const over = await ended(core.useCases, started.id);
    expect(over.putBack?.differences).toEqual([
      'VM guest 1: processorCompatibility is true and was null',
    ]);
    expect(Object.fromEntries(worker.hosts)).toEqual(
      Object.fromEntries(inventory.vms.map(({ id, host }) => [id, host])),
    );
  });
});
