import type { CampaignConfig } from '@gauntlet/shared/contracts/campaigns';
import type { Vm } from '@gauntlet/shared/domain/inventory';
import { describe, expect, test } from 'vitest';
import type { CampaignRecord, TallyRow } from '../records.ts';
import { isDrawn, toHistory } from './campaign-history.ts';
import type { FindingRecord } from './ports.ts';
import { seriallyAfter } from './serial-history.ts';
import { trendWarnings, verdictWarnings } from './verdict-warnings.ts';
import { traitsOf } from './vm-traits.ts';

const vm = (id: string) => ({ id, name: id, home: 'host-1' });
const arms = { baseline: 0, candidate: 1 };

function campaign(vms: readonly (readonly string[])[], probabilities = [0.5, 0.5]): CampaignRecord {
  const names = ['baseline', 'fixed'];
  return {
    config: {
      arms: names.map((name, i) => ({ name, probability: probabilities[i] })),
    } as unknown as CampaignConfig,
    plan: {
      arms: names.map((name, i) => ({ name, vms: (vms[i] ?? []).map(vm) })),
      hosts: [],
    },
  } as unknown as CampaignRecord;
}

const apart = campaign([['a'], ['b']]);

function tallies(rows: readonly [arm: number, outcome: TallyRow['outcome'], attempts: number][]) {
  return rows.map(([arm, outcome, attempts]): TallyRow => {
    const counted = outcome === 'clean' || outcome === 'guest-bugcheck';
    return { arm, outcome, counted, attempts };
  });
}

describe('warnings of a verdict', () => {
  test('even arms have none', () => {
    const even = tallies([
      [0, 'clean', 500],
      [1, 'clean', 510],
    ]);
    expect(verdictWarnings(apart, arms, even)).toEqual([]);
    expect(verdictWarnings(apart, { baseline: 0, candidate: null }, even)).toEqual([]);
  });

  test('exposures off the ratio of the draw are told', () => {
    const off = tallies([
      [0, 'clean', 500],
      [1, 'clean', 700],
    ]);
    expect(verdictWarnings(apart, arms, off)[0]).toContain('off the ratio');
    // The same counts are what a draw of 5 to 7 gives.
    expect(verdictWarnings(campaign([['a'], ['b']], [5 / 12, 7 / 12]), arms, off)).toEqual([]);
  });

  test('failures that strike one arm more often are told, with their shares', () => {
    const lopsided = tallies([
      [0, 'clean', 500],
      [0, 'rig-fault', 2],
      [1, 'clean', 500],
      [1, 'rig-fault', 60],
    ]);
    const [warning] = verdictWarnings(apart, arms, lopsided);
    expect(warning).toContain('lost to failures');
    expect(warning).toContain('11 %');
  });

  test('arms that share a VM are not drawn, and it is told', () => {
    const shared = campaign([['a', 'b'], ['b']]);
    expect(isDrawn(shared.plan, arms)).toBe(false);
    expect(isDrawn(apart.plan, arms)).toBe(true);
    expect(verdictWarnings(shared, arms, [])[0]).toContain('share VMs');
  });

  test('bugchecks that all come late are told', () => {
    const at = (places: readonly number[]) => ({
      bugchecks: places.map((n0) => ({ arm: 0 as const, r: 0.5, n0, n1: 0 })),
      n0: 1000,
      n1: 0,
    });
    expect(trendWarnings(at([900, 930, 950, 970, 990]))[0]).toContain('late');
    expect(trendWarnings(at([100, 300, 500, 700, 900]))).toEqual([]);
    expect(trendWarnings(at([990, 995]))).toEqual([]);
  });
});

test('a history takes the two arms asked for, at the probability between these two', () => {
  const finding = (arm: number, exposures: number[]): FindingRecord => ({
    campaignId: 'c',
    attemptId: 'a',
    signature: 's',
    bucketId: null,
    arm,
    probability: 0.5,
    exposures,
    vmId: 'v',
    source: 'x',
    target: 'y',
    settledAt: 0 as FindingRecord['settledAt'],
  });
  const config = {
    arms: [{ probability: 0.2 }, { probability: 0.3 }, { probability: 0.5 }],
  } as unknown as CampaignConfig;
  const findings = [finding(0, [5, 4, 9]), finding(2, [6, 5, 12]), finding(1, [7, 6, 14])];
  const history = toHistory(findings, arms, { config, exposures: [10, 11, 20] });
  expect(history).toEqual({
    bugchecks: [
      { arm: 0, r: 0.6, n0: 5, n1: 4 },
      { arm: 1, r: 0.6, n0: 7, n1: 6 },
    ],
    n0: 10,
    n1: 11,
  });
});

test('a finding that is newer than the tallies does no harm', () => {
  const config = { arms: [{ probability: 1 }] } as unknown as CampaignConfig;
  const only = { baseline: 0, candidate: null };
  const finding = { arm: 0, exposures: [12] } as unknown as FindingRecord;
  expect(toHistory([finding], only, { config, exposures: [10] })).toMatchObject({ n0: 12, n1: 0 });
});

test('a baseline that is over comes whole before its candidate', () => {
  const candidate = { bugchecks: [{ arm: 0 as const, r: 0.5, n0: 7, n1: 0 }], n0: 20, n1: 0 };
  expect(seriallyAfter({ bugchecks: 2, migrations: 100 }, candidate)).toEqual({
    bugchecks: [
      { arm: 0, r: 0.5, n0: 99, n1: 0 },
      { arm: 0, r: 0.5, n0: 100, n1: 0 },
      { arm: 1, r: 0.5, n0: 100, n1: 7 },
    ],
    n0: 100,
    n1: 20,
  });
});

describe('traits of a VM', () => {
  const guest = (disks: readonly [controller: string, format: string][], change = {}): Vm =>
    ({
      disks: disks.map(([controller, format]) => ({ controller, format })),
      load: null,
      guestOs: null,
      processorCompatibility: null,
      ...change,
    }) as unknown as Vm;

  test('only SCSI disks count, in bins', () => {
    expect(traitsOf(guest([['ide', 'dynamic']]))).toMatchObject({
      diskFormat: 'no SCSI disk',
      scsiDisks: '0',
    });
    const four = Array.from({ length: 4 }, (): [string, string] => ['scsi', 'dynamic']);
    expect(traitsOf(guest(four))).toMatchObject({ diskFormat: 'dynamic', scsiDisks: '4-7' });
    expect(traitsOf(guest([...four, ['scsi', 'fixed']])).diskFormat).toBe('mixed');
  });

  test('what nobody knows is called unknown', () => {
    expect(traitsOf(guest([]))).toMatchObject({
      load: 'unknown',
      guestOs: 'unknown',
      processorCompatibility: 'unknown',
    });
    expect(traitsOf(guest([], { processorCompatibility: true })).processorCompatibility).toBe('on');
  });
});
