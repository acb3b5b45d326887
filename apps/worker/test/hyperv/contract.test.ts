import { testDriver } from '../contract/driver-contract.ts';
import { openStandIn } from './stand-in/open-driver.ts';

// The driver and node-powershell are the real ones; PowerShell and the cluster are stand-ins.
testDriver(
  'hyperv, over a stand-in for PowerShell',
  async () => {
    const rig = await openStandIn({ model: { rebootMs: null, moveMs: 120 } });
    const [vm] = rig.cluster.vms;
    if (vm === undefined) throw new Error('the model has no VM');
    return {
      driver: rig.driver,
      vmId: vm.id,
      hosts: ['hv1', 'hv2'],
      provokeBugcheck: async (vmId) => rig.cluster.crash(vmId, 0x80),
      [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
    };
  },
  { timeoutMs: 20_000, quietMs: 200, abortAfterMs: 60 },
);
