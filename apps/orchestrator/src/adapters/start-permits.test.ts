import type { Coordination } from '@gauntlet/shared/contracts/coordination';
import { toInstant } from '@gauntlet/shared/kernel/instant';
import { expect, test } from 'vitest';
import type { ClusterRecord } from '../application/records.ts';
import { createLeaseKeeper } from './start-permits.ts';

function aCluster(id: string, stopped = false): ClusterRecord {
  const [createdAt, stoppedAt] = [toInstant(0), stopped ? toInstant(1) : null];
  return { id, name: id, driver: 'simulated', options: {}, revision: 1, createdAt, stoppedAt };
}

/** Leases as a set, on a backend whose renewal can be held up. */
function aBackend() {
  const held = new Set<string>();
  let gate: Promise<void> | undefined;
  let published = 0;
  const coordination: Coordination = {
    async publishClusters() {
      published += 1;
    },
    readClusters: async () => [],
    async renewLeases(ids) {
      await gate;
      for (const id of ids) held.add(id);
    },
    async revokeLeases(ids) {
      for (const id of ids) held.delete(id);
    },
    holdsLease: async (id) => held.has(id),
    async [Symbol.asyncDispose]() {},
  };
  return {
    coordination,
    held,
    publications: () => published,
    hold(until: Promise<void>) {
      gate = until;
    },
  };
}

test('clusters that are not stopped hold a lease, and the directory is published once', async () => {
  const backend = aBackend();
  const rows = [aCluster('a'), aCluster('b', true)];
  const keeper = createLeaseKeeper(backend.coordination, { listAll: async () => rows });
  await keeper.renew();
  await keeper.renew();
  expect([...backend.held]).toEqual(['a']);
  expect(backend.publications()).toBe(1);
});

test('a stop in the middle of a renewal wins', async () => {
  const backend = aBackend();
  const keeper = createLeaseKeeper(backend.coordination, { listAll: async () => [aCluster('a')] });
  const gate = Promise.withResolvers<void>();
  backend.hold(gate.promise);
  const renewing = keeper.renew();
  await new Promise((resolve) => setImmediate(resolve));
  await keeper.forbid(['a']);
  gate.resolve();
  await renewing;
  expect([...backend.held]).toEqual([]);
  await keeper.renew();
  expect([...backend.held]).toEqual([]);
  keeper.allow(['a']);
  await keeper.renew();
  expect([...backend.held]).toEqual(['a']);
});

test('a lost table of clusters renews nothing', async () => {
  const backend = aBackend();
  const listAll = () => Promise.reject(new Error('no database'));
  const keeper = createLeaseKeeper(backend.coordination, { listAll });
  await expect(keeper.renew()).rejects.toThrow('no database');
  expect(backend.held.size).toBe(0);
});
