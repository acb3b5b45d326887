import { describe, test, vi } from 'vitest';
import { type ContractSetup, testDriver } from '../contract/driver-contract.ts';
import { openRig, whyNoQemu } from './rig.ts';

const reason = whyNoQemu();

if (reason !== null) {
  describe('driver contract: qemu', () => {
    test.skip(`skipped: ${reason}`, () => {});
  });
} else {
  testDriver('qemu', setup, {
    fresh: 'per-suite',
    timeoutMs: 20_000,
    abortAfterMs: 60,
    quietMs: 300,
  });
}

async function setup(): Promise<ContractSetup> {
  const rig = await openRig({ guests: [{ name: 'guest' }], dumpsMax: 0 });
  const { driver, vmId, guest, cluster } = rig;
  const [first = '', second = ''] = cluster.slots;
  return {
    driver,
    vmId,
    hosts: [first, second],
    async provokeBugcheck() {
      guest.process?.console.send('panic');
      await vi.waitUntil(() => guest.location.state === 'failed', { timeout: 10_000, interval: 5 });
    },
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
}
