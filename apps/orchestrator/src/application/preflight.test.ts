import type { Inventory } from '@gauntlet/shared/domain/inventory';
import { toInstant } from '@gauntlet/shared/kernel/instant';
import { expect, test } from 'vitest';
import { anInventory } from '../../test/support/scripted-worker.ts';
import { fillDefaults } from './fill-defaults.ts';
import { type PreflightSight, preflight } from './preflight.ts';
import { known } from './source.ts';

const config = fillDefaults({
  name: 'c',
  clusterId: '01920000-0000-7000-8000-000000000000',
  stop: { attemptsMax: 1 },
});

function aSight(
  change: (inventory: Inventory) => Inventory = (same) => same,
  rest: Partial<PreflightSight> = {},
): PreflightSight {
  const inventory = { ...anInventory(4, 8), takenAt: toInstant(0) };
  const vms = inventory.vms.map(({ id, name, host }) => ({ id, name, home: host ?? '' }));
  const plan = { arms: [{ name: 'baseline', vms }], hosts: inventory.hosts.map((h) => h.name) };
  return { config, plan, inventory: change(inventory), evidenceFreeMiB: known(1_000), ...rest };
}

function failed(sight: PreflightSight): string[] {
  return preflight(sight).flatMap(({ check, ok }) => (ok ? [] : [check]));
}

function downHosts(count: number) {
  return (inventory: Inventory): Inventory => ({
    ...inventory,
    hosts: inventory.hosts.map((h, index) => (index < count ? { ...h, state: 'down' } : h)),
  });
}

function illVms(count: number) {
  return (inventory: Inventory): Inventory => ({
    ...inventory,
    vms: inventory.vms.map((vm, index) => (index < count ? { ...vm, state: 'off' } : vm)),
  });
}

test('a healthy cluster passes every check, each in words', () => {
  const checks = preflight(aSight());
  expect(checks.every(({ ok, detail }) => ok && detail !== '')).toBe(true);
  expect(checks).toHaveLength(5);
});

test('what the guards would let pass, passes', () => {
  expect(failed(aSight(downHosts(1)))).toEqual([]);
  expect(failed(aSight(illVms(2)))).toEqual([]);
});

test('hosts down beyond the limit, then the majority, then the last but one', () => {
  expect(failed(aSight(downHosts(2)))).toEqual(['hosts-up', 'majority-up']);
  expect(failed(aSight(downHosts(3)))).toEqual(['hosts-up', 'majority-up', 'one-host-less']);
});

test('VMs that do not run are named', () => {
  const vms = preflight(aSight(illVms(3))).find(({ check }) => check === 'vms-healthy');
  expect(vms).toMatchObject({
    ok: false,
    detail: expect.stringMatching(/guest 1, guest 2, guest 3/),
  });
});

test('too little room for evidence, and a disk that does not answer', () => {
  expect(failed(aSight(undefined, { evidenceFreeMiB: known(511) }))).toEqual(['evidence-space']);
  const broken = { ok: false, because: 'disk on fire' } as const;
  const checks = preflight(aSight(undefined, { evidenceFreeMiB: broken }));
  expect(checks.at(-1)).toMatchObject({ ok: false, detail: 'could not be checked: disk on fire' });
});

/** Four hosts of `hostMiB`, each with two VMs of 512 MiB. */
function withMemory(hostMiB: number | null, free: number | null = null) {
  return (inventory: Inventory): Inventory => ({
    ...inventory,
    hosts: inventory.hosts.map((h) => ({ ...h, memoryMiB: hostMiB, memoryFreeMiB: free })),
  });
}

function oneHostLess(sight: PreflightSight) {
  return preflight(sight).find(({ check }) => check === 'one-host-less');
}

test('one host less is judged by memory where it is known', () => {
  // A failed one leaves 1,024 MiB to three others that have 512 free each: one VM on two of them.
  expect(oneHostLess(aSight(withMemory(1_536)))).toMatchObject({
    ok: true,
    detail: expect.stringMatching(/by memory, the others can take the VMs of any one host/),
  });
  // 400 free each are 1,200 in all, and nowhere is room for one of 512.
  expect(oneHostLess(aSight(withMemory(1_424)))).toMatchObject({
    ok: false,
    detail: expect.stringMatching(
      /the 2 VMs of host-1 need 1024 MiB, and the others have 1200 MiB free, 400 at most on one/,
    ),
  });
  // What the host itself counts as free goes before the sum of the VMs that are seen.
  expect(oneHostLess(aSight(withMemory(65_536, 100)))?.ok).toBe(false);
});

test('and by the number of hosts where it is not, which the check says', () => {
  const unknown = { ok: true, detail: expect.stringMatching(/judged by their number, because/) };
  expect(oneHostLess(aSight(withMemory(null)))).toMatchObject(unknown);
  expect(oneHostLess(aSight())).toMatchObject(unknown);
  const unread = (inventory: Inventory): Inventory => ({
    ...withMemory(1)(inventory),
    vms: inventory.vms.map((vm) => ({ ...vm, memoryMiB: 0 })),
  });
  expect(oneHostLess(aSight(unread))).toMatchObject(unknown);
});
