import type { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import { type Instant, parseIso, toInstant, toIso } from '@gauntlet/shared/kernel/instant';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import { expect, test } from 'vitest';
import {
  type CalendarClock,
  createCalendarClock,
} from '../../apps/orchestrator/test/support/calendar-clock.ts';
import { ended, eventually, testConfig } from '../../apps/orchestrator/test/support/core.ts';
import { testDatabaseUrl } from '../../apps/orchestrator/test/support/database.ts';
import { startReceiver } from '../../apps/orchestrator/test/support/receiver.ts';
import { expectTalliesToEqualRecount } from '../../apps/orchestrator/test/support/recount.ts';
import { openHouse } from './house.ts';

// The night of the long hour in Berlin, 2026-10-24 to 25, from six until after seven, at
// six minutes a second. The calendar is fast and the machine is not: queues, leases and the
// database run in real time (see createCalendarClock), the simulated cluster at the calendar's pace.

const minutesPerSecond = 6;
const scale = minutesPerSecond * 60;
const zone = 'Europe/Berlin';
const opensAt = at('2026-10-24T18:00:00Z'); // 20:00 in summer time
const hostFailsAt = at('2026-10-25T00:13:00Z'); // 02:13, the first of the two
const restartAt = at('2026-10-25T02:00:00Z'); // 03:00, once
const closesAt = at('2026-10-25T05:00:00Z'); // 06:00 in winter time, eleven hours later
const digestAt = at('2026-10-25T06:00:00Z'); // 07:00
const hostDownMs = 30 * 60_000;
/** What the machine may take to notice something, as the calendar sees it: two real seconds. */
const slackMs = 2 * minutesPerSecond * 60_000;

const hosts = ['alpha', 'beta', 'gamma', 'delta'];
const vms = Array.from({ length: 12 }, (_, index) => ({
  name: `vm-${index}`,
  host: hosts[index % hosts.length] ?? '',
}));

function at(iso: string): Instant {
  return parseIso(iso) ?? toInstant(0);
}

interface Migration {
  readonly kind: string;
  readonly at: number;
  readonly beganAt: number;
  readonly attemptId: string;
  readonly source: string;
  readonly target: string;
  readonly host: string;
  readonly result: string;
}

test.skipIf(testDatabaseUrl === undefined)(
  'a whole night: starts at eight, loses a host and its orchestrator, pauses at six, tells at seven',
  async () => {
    await using night = await openNight();
    const { clock, core } = night;
    const { useCases } = core();
    await useCases.createChannel({
      name: 'morning',
      kind: 'webhook',
      url: night.receiver.url,
      secretRef: 'night-hook',
      notices: [],
      digest: { at: '07:00', timeZone: zone },
    });
    clock.jumpTo(at('2026-10-24T17:30:00Z'), scale); // the house is open: the evening begins
    const clusterId = await createCluster(night);
    const schedule = await useCases.createSchedule(nightly(clusterId));
    expect(schedule.nextAt).toBe(toIso(opensAt));

    await reach(clock, opensAt);
    const firing = await eventually(
      async () => (await useCases.getSchedule(schedule.id)).lastFiring,
      (last) => last?.outcome === 'started',
    );
    const id = firing?.campaignId ?? '';

    await reach(clock, restartAt);
    const before = await useCases.getCampaign(id);
    expect(before.state).toBe('running');
    await night.restart();

    const readCampaign = () => core().useCases.getCampaign(id);
    await reach(clock, closesAt);
    const waiting = await eventually(
      readCampaign,
      ({ state, progress }) => state === 'waiting-for-window' && progress.inFlight === 0,
    );
    expect(waiting.blockedBecause).toBe(
      'waiting for its window, which opens at 2026-10-25T19:00:00.000Z',
    );
    expect(waiting.progress.attemptsSettled).toBeGreaterThan(before.progress.attemptsSettled);
    expect(waiting.guardTrip).toBeNull();

    expect(night.receiver.received).toHaveLength(0);
    await reach(clock, digestAt);
    const [digest] = await eventually(
      async () => night.receiver.received,
      (received) => received.length > 0,
    );
    const told = JSON.parse(digest?.body ?? '{}') as { kind: string; at: string; text: string };
    expect(told.kind).toBe('digest');
    expect(at(told.at)).toBeGreaterThanOrEqual(digestAt);
    expect(told.text).toContain('nightly');

    await judgeLedger(night, clusterId, waiting);
    await expectTalliesToEqualRecount(night.pool, id);

    await core().useCases.stopCampaign(id);
    const over = await ended(core().useCases, id);
    expect(over.putBack?.differences).toEqual([]);
    const inventory = await core().useCases.readInventory(clusterId, { refresh: true });
    const homes = new Map(vms.map(({ name, host }) => [name, host]));
    for (const vm of inventory.vms) expect(vm.host).toBe(homes.get(vm.name));
  },
  400_000,
);

/** What truly happened, by the cluster's own ledger and its own time. */
async function judgeLedger(
  { simulatorUrl }: Night,
  clusterId: string,
  campaign: CampaignView,
): Promise<void> {
  const response = await fetch(`${simulatorUrl}/clusters/${clusterId}/ledger?limit=100000`);
  const { entries } = (await response.json()) as { entries: Migration[] };
  const migrations = entries.filter((entry) => entry.kind === 'migration');
  const began = migrations.map((one) => one.beganAt).sort((a, b) => a - b);
  // Within the window, to the minute, though it is eleven hours on the wall and the hour is long.
  expect(began.at(0)).toBeGreaterThanOrEqual(opensAt);
  expect(began.at(-1)).toBeLessThan(closesAt);
  expect(Math.max(...migrations.map((one) => one.at))).toBeLessThan(closesAt + slackMs);
  // Hour after hour, and in the two that are called two.
  const hourMs = 3_600_000;
  const count = (from: number, to: number) => began.filter((one) => one >= from && one < to).length;
  const perHour = Array.from({ length: 11 }, (_, hour) =>
    count(opensAt + hour * hourMs, opensAt + (hour + 1) * hourMs),
  );
  process.stdout.write(`migrations begun per hour from 20:00: ${perHour.join(' ')}\n`);
  // The last hour is the lead's: how much of it is used says what attempts took on this machine.
  for (const begun of perHour.slice(0, -1)) expect(begun, perHour.join(' ')).toBeGreaterThan(0);
  expect(count(restartAt, closesAt), perHour.join(' ')).toBeGreaterThan(0);
  // The host that failed carried nothing until it was back.
  const crash = entries.find((entry) => entry.kind === 'host-crash');
  expect(crash).toMatchObject({ host: 'gamma' });
  expect(Math.abs((crash?.at ?? 0) - hostFailsAt)).toBeLessThan(slackMs);
  const downFrom = crash?.at ?? 0;
  const onGamma = migrations.filter(({ source, target }) => [source, target].includes('gamma'));
  const during = onGamma.filter(
    ({ beganAt, result }) =>
      beganAt > downFrom && beganAt < downFrom + hostDownMs && result === 'completed',
  );
  expect(during).toEqual([]);
  // No attempt ran twice, and what was counted is what happened.
  const attempts = migrations.map((one) => one.attemptId);
  expect(new Set(attempts).size).toBe(attempts.length);
  const { outcomes, attemptsSettled } = campaign.progress;
  expect(migrations.length).toBeLessThanOrEqual(attemptsSettled);
  const completed = migrations.filter((one) => one.result === 'completed').length;
  expect(outcomes.clean).toBeLessThanOrEqual(completed);
  process.stdout.write(
    `the night: ${migrations.length} migrations from ${toIso(toInstant(began.at(0) ?? 0))} to ` +
      `${toIso(toInstant(began.at(-1) ?? 0))}, ${JSON.stringify(outcomes)}\n`,
  );
}

async function openNight() {
  await using stack = new AsyncDisposableStack();
  const receiver = stack.use(await startReceiver());
  const notify = {
    ...testConfig.notify,
    allow: ['127.0.0.5'],
    secretOf: () => 'a secret for the night',
  };
  const clock = createCalendarClock(at('2026-10-24T12:00:00Z'), 1);
  const house = stack.use(await openHouse({ clock, config: { notify } }));
  const kept = stack.move();
  return { ...house, clock, receiver, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}

type Night = Awaited<ReturnType<typeof openNight>>;

/** The cluster begins with its description, and its host fails so long after. */
async function createCluster({ core, clock, simulatorUrl }: Night): Promise<string> {
  const body = {
    seed: 7,
    timeScale: scale,
    hosts: hosts.map((name) => ({ name, migrationsMax: 4 })),
    vms: vms.map((vm) => ({ ...vm, disks: [{ controller: 'ide', format: 'fixed' }] })),
    faults: {
      hostDown: [{ host: 'gamma', afterMs: hostFailsAt - clock.now(), lastsMs: hostDownMs }],
    },
  };
  const options = { ...body, url: simulatorUrl };
  const { id } = await core().useCases.createCluster({
    name: 'night',
    driver: 'simulated',
    options,
  });
  const response = await fetch(`${simulatorUrl}/clusters/${id}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.status).toBe(200);
  return id;
}

function nightly(clusterId: string) {
  return {
    name: 'nightly',
    cron: '0 20 * * *',
    timeZone: zone,
    campaign: {
      name: 'nightly',
      clusterId,
      settleMs: 60_000,
      attemptTimeoutMs: 3_600_000,
      limits: { concurrency: 4, outboundPerHost: 2, inboundPerHost: 2 },
      stop: { attemptsMax: 1_000_000 },
      guards: {
        migrationFailedShareMax: 1,
        consecutiveMigrationFailedMax: 1_000,
        unhealthyVmsMax: 8,
      },
      windows: [{ cron: '0 20 * * *', timeZone: zone, durationMinutes: 11 * 60 }],
    },
  };
}

async function reach(clock: CalendarClock, moment: Instant): Promise<void> {
  while (clock.now() < moment) await systemClock.sleep(20);
}
