import { expect, test } from 'vitest';
import { evaluateGuards, type GuardSight, withdrawAccepted } from './evaluate-guards.ts';
import { fillDefaults } from './fill-defaults.ts';
import { known } from './source.ts';

const config = fillDefaults({
  name: 'c',
  clusterId: '01920000-0000-7000-8000-000000000000',
  stop: { attemptsMax: 1 },
});

const broken = { ok: false, because: 'disk on fire' } as const;

function aSight(change: Partial<GuardSight> = {}): GuardSight {
  return {
    config,
    acknowledged: { values: {}, failed: 0, ran: 0 },
    tallies: known([]),
    failedInARow: 0,
    unhealthyVms: known([]),
    vmCount: 8,
    hostCount: 4,
    hostsDown: known([]),
    outsideVmsDown: known([]),
    foreignVms: [],
    evidenceFreeMiB: known(100_000),
    workerSilentMs: known(500),
    ...change,
  };
}

function tallies(clean: number, failed: number) {
  return known([
    { arm: 0, outcome: 'clean' as const, counted: true, attempts: clean },
    { arm: 0, outcome: 'migration-failed' as const, counted: false, attempts: failed },
  ]);
}

test('nothing trips while all is well', () => {
  expect(evaluateGuards(aSight())).toBeNull();
});

/** Each guard: at its limit, beyond it, and with its data source broken. */
const table: readonly {
  guard: string;
  within: Partial<GuardSight>;
  beyond: Partial<GuardSight>;
  value: number;
  limit: number;
  broken: Partial<GuardSight>;
}[] = [
  {
    guard: 'migrationFailedShareMax',
    within: { tallies: tallies(16, 4) },
    beyond: { tallies: tallies(15, 5) },
    value: 0.25,
    limit: 0.2,
    broken: { tallies: broken },
  },
  {
    guard: 'consecutiveMigrationFailedMax',
    within: { failedInARow: 9 },
    beyond: { failedInARow: 10 },
    value: 10,
    limit: 9,
    broken: { failedInARow: Number.NaN },
  },
  {
    guard: 'unhealthyVmsMax',
    within: { unhealthyVms: known(['a', 'b']) },
    beyond: { unhealthyVms: known(['a', 'b', 'c']) },
    value: 3,
    limit: 2,
    broken: { unhealthyVms: broken },
  },
  {
    guard: 'hostsDownMax',
    within: { hostsDown: known(['h1']) },
    beyond: { hostsDown: known(['h1', 'h2']) },
    value: 2,
    limit: 1,
    broken: { hostsDown: broken },
  },
  {
    guard: 'outsideVmsUnhealthyMax',
    within: { outsideVmsDown: known([]) },
    beyond: { outsideVmsDown: known(['payroll']) },
    value: 1,
    limit: 0,
    broken: { outsideVmsDown: broken },
  },
  {
    guard: 'outsideVmsTouchedMax',
    within: { foreignVms: [] },
    beyond: { foreignVms: ['payroll'] },
    value: 1,
    limit: 0,
    broken: { foreignVms: null as unknown as string[] },
  },
  {
    guard: 'evidenceFreeMiBMin',
    within: { evidenceFreeMiB: known(512) },
    beyond: { evidenceFreeMiB: known(511) },
    value: 511,
    limit: 512,
    broken: { evidenceFreeMiB: broken },
  },
  {
    guard: 'workerSilentMsMax',
    within: { workerSilentMs: known(60_000) },
    beyond: { workerSilentMs: known(60_001) },
    value: 60_001,
    limit: 60_000,
    broken: { workerSilentMs: broken },
  },
];

test.each(table)('$guard trips beyond its limit and not at it', (row) => {
  const { guard, within, beyond, value, limit } = row;
  expect(evaluateGuards(aSight(within))).toBeNull();
  expect(evaluateGuards(aSight(beyond))).toMatchObject({ guard, value, limit });
});

test.each(table)('$guard has tripped when its data cannot be had', ({ guard, broken: change }) => {
  const trip = evaluateGuards(aSight(change));
  expect(trip).toMatchObject({ guard, value: null, limit: null });
  expect(trip?.because).toMatch(/could not be evaluated/);
});

test('every guard has its row in this table', () => {
  // A sight that breaks everything names the first; breaking all but one names that one.
  const all = Object.assign({}, ...table.map((row) => row.broken)) as Partial<GuardSight>;
  const named = new Set<string>();
  for (const row of table) {
    const keys = Object.keys(row.broken);
    const others = Object.fromEntries(Object.entries(all).filter(([key]) => !keys.includes(key)));
    expect(evaluateGuards(aSight(others))?.guard).not.toBe(row.guard);
    named.add(evaluateGuards(aSight(row.broken))?.guard ?? '');
  }
  expect(named.size).toBe(table.length);
});

test('the very first failure is no share', () => {
  expect(evaluateGuards(aSight({ tallies: tallies(0, 1) }))).toBeNull();
});

test('after a person resumed, the share counts anew', () => {
  const acknowledged = { values: {}, failed: 5, ran: 20 };
  expect(evaluateGuards(aSight({ tallies: tallies(15, 5), acknowledged }))).toBeNull();
  expect(evaluateGuards(aSight({ tallies: tallies(31, 9), acknowledged }))).toBeNull();
  expect(evaluateGuards(aSight({ tallies: tallies(30, 10), acknowledged }))).toMatchObject({
    because: '5 of 20 migrations failed (at most 20 % may)',
  });
});

test('the last VM and the majority of hosts trip at any limit', () => {
  expect(evaluateGuards(aSight({ unhealthyVms: known(['a']), vmCount: 1 }))?.limit).toBe(0);
  const guards = { ...config.guards, hostsDownMax: 4 };
  const sight = aSight({ config: { ...config, guards }, hostsDown: known(['a', 'b', 'c']) });
  expect(evaluateGuards(sight)).toMatchObject({ guard: 'hostsDownMax', limit: 2 });
});

test('what a person accepted trips again only when it becomes worse', () => {
  const acknowledged = { values: { hostsDownMax: 2 }, failed: 0, ran: 0 };
  expect(evaluateGuards(aSight({ acknowledged, hostsDown: known(['a', 'b']) }))).toBeNull();
  const worse = aSight({ acknowledged, hostsDown: known(['a', 'b', 'c']) });
  expect(evaluateGuards(worse)?.value).toBe(3);
});

test('what a person accepted is over once it was better', () => {
  const acknowledged = { values: { hostsDownMax: 2 }, failed: 0, ran: 0 };
  const still = aSight({ acknowledged, hostsDown: known(['a', 'b']) });
  expect(withdrawAccepted(still)).toBe(acknowledged);
  const better = withdrawAccepted(aSight({ acknowledged }));
  expect(better.values).toEqual({ hostsDownMax: 0 });
  const again = aSight({ acknowledged: better, hostsDown: known(['a', 'b']) });
  expect(evaluateGuards(again)?.guard).toBe('hostsDownMax');
});

test('broken data cannot be accepted', () => {
  const acknowledged = { values: { hostsDownMax: 9 }, failed: 0, ran: 0 };
  expect(evaluateGuards(aSight({ acknowledged, hostsDown: broken }))?.value).toBeNull();
});
