import type { Vm } from '@gauntlet/shared/domain/inventory';
import { toInstant } from '@gauntlet/shared/kernel/instant';
import { expect, test } from 'vitest';
import type { ClusterHosts } from './cluster-hosts.ts';
import type { Desk } from './desk.ts';
import type { Locator } from './locator.ts';
import { parseHypervOptions } from './options.ts';
import { readInventory } from './read-inventory.ts';

const vmCount = 60;
const signal = new AbortController().signal;

test('an inventory of many VMs ends in time, and the next one knows the rest', async () => {
  const parts = slowCluster();
  const first = await readInventory(parts, signal);
  expect(first.vms).toHaveLength(vmCount);
  expect(parts.elapsedMs()).toBeLessThan(30_000);
  const read = (vms: readonly Vm[]) => vms.filter(({ vcpus }) => vcpus > 0).length;
  expect(read(first.vms)).toBeLessThan(vmCount);

  const second = await readInventory(parts, signal);
  const third = await readInventory(parts, signal);
  expect(read(second.vms)).toBeGreaterThan(read(first.vms));
  expect(read(third.vms)).toBe(vmCount);
  expect(new Set(third.vms.map(({ id }) => id)).size).toBe(vmCount);
});

/** A cluster on which PowerShell takes a second for each VM. */
function slowCluster() {
  let nowMs = 0;
  const rows = Array.from({ length: vmCount }, (_, index) => ({
    id: `d9e0eb0a-5b37-508e-9173-${index.toString(16).padStart(12, '0')}`,
    name: `vm-${index}`,
    host: 'hv1',
    state: 'running',
  }));
  const desk = {
    ask: async () => ({ vms: rows, more: false }),
    tryTo: async () => {
      nowMs += 1000;
      const data = { vcpus: 2, memoryMiB: 4096, disks: [], tags: [] };
      return { kind: 'answer', data };
    },
  } as unknown as Desk;
  const hosts = { readAll: async () => [] } as unknown as ClusterHosts;
  const clock = {
    now: () => toInstant(0),
    monotonicMs: () => nowMs,
    sleep: async () => {},
  };
  const settings = parseHypervOptions({ testCluster: true, cluster: 'lab' });
  const locator = {} as Locator;
  const lastReads = new Map<string, Vm>();
  return { desk, hosts, locator, settings, clock, lastReads, elapsedMs: () => nowMs };
}
