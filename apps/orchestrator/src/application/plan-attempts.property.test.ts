import type { PlacementPolicy } from '@gauntlet/shared/domain/campaign';
import { placementPolicies } from '@gauntlet/shared/domain/campaign';
import { toInstant } from '@gauntlet/shared/kernel/instant';
import { drawIndex } from '@gauntlet/shared/kernel/stream';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type PlannedAttempt, planAttempts } from './plan-attempts.ts';
import type { PlacementRecord, PlanCursor } from './records.ts';

interface Setup {
  readonly seed: number;
  readonly hostCount: number;
  readonly vmsPerArm: readonly number[];
  readonly policy: PlacementPolicy;
  readonly attemptsMax: number;
  readonly limits: { concurrency: number; outboundPerHost: number; inboundPerHost: number };
  readonly hostCap: number | null;
}

const setups: fc.Arbitrary<Setup> = fc.record({
  seed: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  hostCount: fc.integer({ min: 2, max: 5 }),
  vmsPerArm: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 }),
  policy: fc.constantFrom(...placementPolicies),
  attemptsMax: fc.integer({ min: 1, max: 60 }),
  limits: fc.record({
    concurrency: fc.integer({ min: 1, max: 6 }),
    outboundPerHost: fc.integer({ min: 1, max: 3 }),
    inboundPerHost: fc.integer({ min: 1, max: 3 }),
  }),
  hostCap: fc.constantFrom(null, 1, 2, 3),
});

/** A campaign whose attempts all move their VM, settled in an order drawn from `orderSeed`. */
function runCampaign(
  setup: Setup,
  orderSeed: number,
  check: (flying: readonly PlannedAttempt[]) => void,
  down: string | null = null,
): PlannedAttempt[] {
  const hosts = Array.from({ length: setup.hostCount }, (_, index) => `h${index}`);
  let vmNumber = 0;
  const arms = setup.vmsPerArm.map((count, index) => ({
    name: `arm-${index}`,
    probability: 1 / setup.vmsPerArm.length,
    vms: Array.from({ length: count }, () => {
      const id = `vm-${vmNumber}`;
      const home = hosts[vmNumber % hosts.length] ?? '';
      vmNumber += 1;
      return { id, name: id, home };
    }),
  }));
  const at = toInstant(0);
  const placements = new Map<string, PlacementRecord>(
    arms.flatMap((arm) =>
      arm.vms.map((vm) => [
        vm.id,
        {
          vmId: vm.id,
          vmName: vm.name,
          // The VMs of a host that failed run on the next one.
          host: vm.home === down ? 'h1' : vm.home,
          usable: true,
          readyAt: at,
          departures: {},
        },
      ]),
    ),
  );
  let cursor: PlanCursor = { next: 0, ahead: [], planned: 0, skipped: 0 };
  let flying: PlannedAttempt[] = [];
  const all: PlannedAttempt[] = [];
  for (let step = 0; step < 10_000; step += 1) {
    const planning = planAttempts({
      ...setup,
      action: 'live-migration',
      arms,
      hosts,
      cursor,
      hostsUp: new Map(hosts.filter((h) => h !== down).map((host) => [host, setup.hostCap])),
      placements,
      inFlight: flying.map(({ vm, source, target }) => ({ vmId: vm.id, source, target })),
      campaignInFlight: flying.length,
      at,
    });
    cursor = planning.cursor;
    flying = [...flying, ...planning.attempts];
    all.push(...planning.attempts);
    check(flying);
    if (flying.length === 0) return all;
    const [ended] = flying.splice(drawIndex(orderSeed, 'settle-order', step, flying.length), 1);
    const before = ended === undefined ? undefined : placements.get(ended.vm.id);
    if (ended === undefined || before === undefined) throw new Error('nothing flies');
    const left = (before.departures[ended.source] ?? 0) + 1;
    const departures = { ...before.departures, [ended.source]: left };
    placements.set(ended.vm.id, { ...before, host: ended.target, departures });
  }
  throw new Error('the campaign does not end');
}

test('no VM flies twice at once and no cap is ever exceeded', () => {
  fc.assert(
    fc.property(setups, fc.nat(), (setup, orderSeed) => {
      runCampaign(setup, orderSeed, (flying) => {
        expect(flying.length).toBeLessThanOrEqual(setup.limits.concurrency);
        expect(new Set(flying.map(({ vm }) => vm.id)).size).toBe(flying.length);
        for (const host of new Set(flying.flatMap(({ source, target }) => [source, target]))) {
          const outbound = flying.filter(({ source }) => source === host).length;
          const inbound = flying.filter(({ target }) => target === host).length;
          expect(outbound).toBeLessThanOrEqual(setup.limits.outboundPerHost);
          expect(inbound).toBeLessThanOrEqual(setup.limits.inboundPerHost);
          if (setup.hostCap !== null) expect(outbound + inbound).toBeLessThanOrEqual(setup.hostCap);
        }
      });
    }),
    { numRuns: 150 },
  );
});

test('every ordinal is planned exactly once, and none beyond the last', () => {
  fc.assert(
    fc.property(setups, fc.nat(), (setup, orderSeed) => {
      const all = runCampaign(setup, orderSeed, () => {});
      const ordinals = all.map((attempt) => attempt.ordinal).sort((a, b) => a - b);
      expect(ordinals).toEqual(Array.from({ length: setup.attemptsMax }, (_, index) => index));
    }),
    { numRuns: 100 },
  );
});

test('the same seed gives the same attempts in whatever order they are settled', () => {
  fc.assert(
    fc.property(setups, fc.nat(), fc.nat(), (setup, oneOrder, otherOrder) => {
      const byOrdinal = (order: number) =>
        runCampaign(setup, order, () => {}).toSorted((a, b) => a.ordinal - b.ordinal);
      expect(byOrdinal(oneOrder)).toEqual(byOrdinal(otherOrder));
    }),
    { numRuns: 100 },
  );
});

test('every migration leaves its host', () => {
  fc.assert(
    fc.property(setups, fc.nat(), (setup, orderSeed) => {
      for (const { source, target } of runCampaign(setup, orderSeed, () => {}))
        expect(target).not.toBe(source);
    }),
    { numRuns: 50 },
  );
});

test('one host that stays down stops none of the VMs, whatever the policy', () => {
  const three = setups.filter(({ hostCount }) => hostCount >= 3);
  fc.assert(
    fc.property(three, fc.nat(), (setup, orderSeed) => {
      const all = runCampaign(setup, orderSeed, () => {}, 'h0');
      expect(all.map((attempt) => attempt.ordinal).sort((a, b) => a - b)).toEqual(
        Array.from({ length: setup.attemptsMax }, (_, index) => index),
      );
      for (const { source, target } of all) {
        expect([source, target]).not.toContain('h0');
        expect(target).not.toBe(source);
      }
    }),
    { numRuns: 100 },
  );
});
