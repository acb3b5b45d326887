import type { Outcome } from '@gauntlet/shared/domain/outcome';
import { expect, test } from 'vitest';
import { evaluateGuards, type GuardSight } from './evaluate-guards.ts';
import { fillDefaults } from './fill-defaults.ts';

const config = fillDefaults({
  name: 'c',
  clusterId: '01920000-0000-7000-8000-000000000000',
  stop: { attemptsMax: 1 },
});

function aSight(change: Partial<GuardSight> = {}): GuardSight {
  return {
    config,
    tallies: [],
    failedInARow: 0,
    unhealthyVms: [],
    vmCount: 8,
    news: new Set<Outcome>(['clean']),
    ...change,
  };
}

function tallies(clean: number, failed: number) {
  return [
    { arm: 0, outcome: 'clean' as const, counted: true, attempts: clean },
    { arm: 0, outcome: 'migration-failed' as const, counted: false, attempts: failed },
  ];
}

test('nothing trips while all is well', () => {
  expect(evaluateGuards(aSight())).toBeNull();
});

test('a share of failed migrations above the limit trips, with value and limit', () => {
  const news = new Set<Outcome>(['migration-failed']);
  expect(evaluateGuards(aSight({ tallies: tallies(15, 5), news }))).toMatchObject({
    guard: 'migrationFailedShareMax',
    value: 0.25,
    limit: 0.2,
  });
  expect(evaluateGuards(aSight({ tallies: tallies(16, 4), news }))).toBeNull();
});

test('the very first failure is no share', () => {
  const news = new Set<Outcome>(['migration-failed']);
  expect(evaluateGuards(aSight({ tallies: tallies(0, 1), news }))).toBeNull();
});

test('after a person resumed, only a new failure trips the share again', () => {
  expect(evaluateGuards(aSight({ tallies: tallies(15, 5) }))).toBeNull();
});

test('failures in a row trip at the limit', () => {
  expect(evaluateGuards(aSight({ failedInARow: 9 }))).toBeNull();
  expect(evaluateGuards(aSight({ failedInARow: 10 }))?.guard).toBe('consecutiveMigrationFailedMax');
});

test('more dead VMs than allowed trip, and the last one always', () => {
  expect(evaluateGuards(aSight({ unhealthyVms: ['a', 'b'] }))).toBeNull();
  expect(evaluateGuards(aSight({ unhealthyVms: ['a', 'b', 'c'] }))?.because).toMatch(/a, b, c/);
  expect(evaluateGuards(aSight({ unhealthyVms: ['a'], vmCount: 1 }))?.limit).toBe(0);
});

test('a guard whose data cannot be read has tripped', () => {
  const broken = new Proxy([], {
    get: () => {
      throw new Error('disk on fire');
    },
  });
  const trip = evaluateGuards(aSight({ unhealthyVms: broken }));
  expect(trip?.because).toMatch(/could not be evaluated: Error: disk on fire/);
});
