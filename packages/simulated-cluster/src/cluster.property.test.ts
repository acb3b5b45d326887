import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createCluster, type SimulatedCluster } from './cluster.ts';
import { noFaults } from './options.ts';
import { createScaledClock } from './scaled-clock.ts';
import {
  aHost,
  aVm,
  createLeapingClock,
  never,
  scsiDisks,
  someOptions,
  startCluster,
} from './testing/small-cluster.ts';

const hostNames = ['h1', 'h2', 'h3', 'h4'];
const vmIds = ['a', 'b', 'c', 'd', 'e'];

const step = fc.record({
  vm: fc.constantFrom(...vmIds),
  source: fc.constantFrom(...hostNames, 'truth', 'truth', 'truth'),
  target: fc.constantFrom(...hostNames),
  act: fc.constantFrom('migrate', 'migrate', 'migrate', 'power-cycle', 'recover', 'put-back'),
  abort: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

function aLab(seed: number) {
  const failure = { share: 0.1, class: 'unknown', code: '0x80004005', message: 'no', vms: [] };
  return startCluster({
    seed,
    hosts: hostNames.map((name) => aHost(name)),
    vms: vmIds.map((id, i) =>
      aVm(id, hostNames[i % 4] ?? 'h1', {
        disks: scsiDisks(8),
        load: 5,
        os: id === 'e' ? 'linux' : 'windows',
        processorCompatibility: id === 'e',
      }),
    ),
    faults: { ...noFaults, failedMigrations: [failure] },
  });
}

async function perform(cluster: SimulatedCluster, { vm, source, target, act, abort }: Step) {
  const host = source === 'truth' ? (cluster.locate(vm).host ?? 'h1') : source;
  const order = { attemptId: 'x', vmId: vm, source: host, target, timeoutMs: 1e6 };
  const controller = new AbortController();
  switch (act) {
    case 'migrate': {
      const end = cluster.migrate(order, controller.signal);
      if (abort) controller.abort();
      return end;
    }
    case 'power-cycle':
      return cluster.powerCycle({ attemptId: 'x', vmId: vm, host });
    case 'recover':
      return cluster.recover(vm);
    default:
      return cluster.putBack([{ vmId: vm, host: target }]);
  }
}

/** Intervals of migrations of one name must not overlap: as the ledger has them. */
function assertNeverTwice(cluster: SimulatedCluster): void {
  const moves = cluster.ledger.read(0, 1e6).filter((entry) => entry.kind === 'migration');
  for (const a of moves) {
    for (const b of moves) {
      const shares = [a.source, a.target].some((host) => host === b.source || host === b.target);
      if (a === b || (!shares && a.vmId !== b.vmId)) continue;
      const overlap = Math.min(a.at, b.at) - Math.max(a.beganAt, b.beganAt);
      expect(overlap, `${a.seq} and ${b.seq} overlap`).toBeLessThanOrEqual(0);
    }
  }
}

/** Where each VM must be, by the ledger alone. */
function replay(cluster: SimulatedCluster): Map<string, string> {
  const at = new Map(cluster.options.vms.map((vm) => [vm.id, vm.host]));
  for (const entry of cluster.ledger.read(0, 1e6)) {
    if (entry.kind === 'migration' && entry.result === 'completed')
      at.set(entry.vmId, entry.target);
    const isPlaced =
      entry.kind === 'failover' || entry.kind === 'recover' || entry.kind === 'put-back';
    if (isPlaced) at.set(entry.vmId, entry.host);
  }
  return at;
}

test('whatever is asked for at once: caps hold, and the ledger says where every VM is', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0, max: 1e9 }),
      fc.array(fc.array(step, { maxLength: 6 }), { maxLength: 8 }),
      async (seed, rounds) => {
        using cluster = aLab(seed);
        for (const round of rounds) {
          await Promise.all(round.map((one) => perform(cluster, one)));
          const { vms } = cluster.inventory();
          expect(vms.map((vm) => vm.id)).toEqual(vmIds);
          for (const vm of vms) {
            expect(vm.host === null).toBe(vm.state === 'off');
            expect(cluster.locate(vm.id)).toMatchObject({ host: vm.host, migrating: false });
          }
        }
        const where = replay(cluster);
        for (const { id, host } of cluster.inventory().vms) {
          if (host !== null) expect(where.get(id)).toBe(host);
        }
        assertNeverTwice(cluster);
      },
    ),
    { numRuns: 60 },
  );
});

test('with the hotfix everywhere no guest ever stops with 0xD1', async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: 1e9 }), async (seed) => {
      using cluster = startCluster({
        seed,
        hosts: ['h1', 'h2'].map((name) => aHost(name, { hotfixes: ['kb2636573'] })),
        vms: [aVm('vm', 'h1', { disks: scsiDisks(16), load: 10 })],
      });
      for (let i = 0; i < 50; i += 1) {
        const source = i % 2 === 0 ? 'h1' : 'h2';
        const target = i % 2 === 0 ? 'h2' : 'h1';
        const order = { attemptId: 'x', vmId: 'vm', source, target, timeoutMs: 1e6 };
        expect((await cluster.migrate(order, never)).kind).toBe('completed');
      }
      expect(cluster.ledger.totals().bugcheck).toBeUndefined();
    }),
    { numRuns: 20 },
  );
});

test('a cluster that comes back from a snapshot is where it was and repeats no draw', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 20 }), fc.nat(1000), async (steps, reserve) => {
      using before = aLab(3);
      for (const one of steps) await perform(before, one);
      const snapshot = JSON.parse(JSON.stringify(before.snapshot(reserve)));
      using clock = createScaledClock(createLeapingClock(), { scale: 1, startAt: snapshot.at });
      const after = createCluster(someOptions(before.options), clock, snapshot);
      for (const { id, host } of before.inventory().vms) {
        if (host !== null) expect(after.locate(id).host).toBe(host);
      }
      expect(after.ledger.totals()).toEqual(before.ledger.totals());
      expect(after.ledger.lastSeq).toBe(before.ledger.lastSeq);
      const ordinals = before.snapshot(reserve).vms.map((vm) => vm.migrations);
      expect(after.snapshot(0).vms.map((vm) => vm.migrations)).toEqual(ordinals);
    }),
    { numRuns: 20 },
  );
});
