import { AppError } from '@gauntlet/shared/contracts/errors';
import type { DriverCapability, DriverContext, HypervisorDriver } from '../../application/ports.ts';
import { type ClusterHooks, createQemuCluster, type QemuCluster } from './cluster.ts';
import { runControls } from './controls.ts';
import type { Guest } from './guest.ts';
import { toFingerprint, toHost, toVm } from './inventory.ts';

const capabilities: ReadonlySet<DriverCapability> = new Set([
  'live-migration',
  'power-cycle',
  'memory-dump',
  'guest-probe',
  'positive-control',
  'put-back',
]);
const putBackMsMax = 60_000;

/** Guests in QEMU processes of this machine; a host is one of its slots. See README.md. */
export async function createQemuDriver(context: DriverContext): Promise<HypervisorDriver> {
  return driveCluster(await createQemuCluster(context), context);
}

/** Like `createQemuDriver`, with the cluster behind it: for tests that crash guests and processes. */
export async function createQemuRig(context: DriverContext, hooks: ClusterHooks = {}) {
  const cluster = await createQemuCluster(context, hooks);
  return { cluster, driver: driveCluster(cluster, context) };
}

function driveCluster(cluster: QemuCluster, { clock, log }: DriverContext): HypervisorDriver {
  const find = createLookup(cluster);
  return {
    name: 'qemu',
    capabilities,
    clock,
    // The monitor tells of a panic with all there is: no second channel is to be waited for.
    crashChannelsMs: 0,
    ...createReaders(cluster, clock),
    async migrate(request, signal) {
      find.assertHosts([request.target]);
      return find.guest(request.vmId).migrate(request, signal);
    },
    async powerCycle({ vmId, host }, signal) {
      find.assertHosts([host]);
      return find.guest(vmId).powerCycle(signal);
    },
    async watch(vmId, onEvent, signal) {
      const guest = find.guest(vmId);
      signal.throwIfAborted();
      guest.watch(onEvent, signal);
    },
    async controls(vmId, signal) {
      const silenceMsMax = cluster.config.heartbeatSilenceMsMax;
      const result = await runControls(find.guest(vmId), { clock, silenceMsMax, signal });
      const { problems } = result;
      if (problems.length > 0) log.warn({ problems }, 'the controls did not show what they should');
      return result;
    },
    recover: async (vmId, signal) => find.guest(vmId).recover(signal),
    async putBack(placements, signal) {
      const differences: string[] = [];
      for (const { vmId, host } of placements) {
        try {
          find.assertHosts([host]);
          await putBack(find.guest(vmId), host, signal);
        } catch (err) {
          log.warn({ err, vmId, host }, 'a placement could not be restored');
          const why = err instanceof Error ? err.message : String(err);
          differences.push(`${vmId} is not back on ${host}: ${why}`);
        }
      }
      return differences;
    },
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}

/** The methods that change nothing. */
function createReaders(cluster: QemuCluster, clock: DriverContext['clock']) {
  const { config, facts, image, slots, guests } = cluster;
  const find = createLookup(cluster);
  let dumpsLeft = config.dumpsMax;
  return {
    async inventory(signal) {
      signal.throwIfAborted();
      return {
        takenAt: clock.now(),
        hosts: slots.map((slot) => toHost(slot, facts, config)),
        vms: [...guests.values()].map((guest) => toVm(guest, image)),
      };
    },
    async fingerprint(vmId, hosts, signal) {
      const guest = find.guest(vmId);
      signal.throwIfAborted();
      find.assertHosts(hosts);
      return toFingerprint(guest.config, hosts, cluster);
    },
    async locate(vmId, signal) {
      signal.throwIfAborted();
      return find.guest(vmId).locate();
    },
    probe: async (vmId, signal) => find.guest(vmId).probe(signal),
    async collectEvidence({ vmId }, signal) {
      signal.throwIfAborted();
      const bundle = await find.guest(vmId).collectEvidence(dumpsLeft > 0 ? config.dumpMiBMax : 0);
      if (bundle.evidence.some(({ kind }) => kind === 'dump')) dumpsLeft -= 1;
      return bundle;
    },
  } satisfies Partial<HypervisorDriver>;
}

function createLookup({ guests, slots }: QemuCluster) {
  return {
    guest(vmId: string): Guest {
      const found = guests.get(vmId);
      if (found !== undefined) return found;
      throw new AppError('driver.vm-unknown', `No VM ${JSON.stringify(vmId)} in this cluster.`);
    },
    assertHosts(hosts: readonly string[]): void {
      const unknown = hosts.find((host) => !slots.includes(host));
      if (unknown === undefined) return;
      throw new AppError('driver.host-unknown', `No host ${JSON.stringify(unknown)} here.`);
    },
  };
}

async function putBack(guest: Guest, target: string, signal: AbortSignal): Promise<void> {
  if (guest.location.state !== 'running') await guest.recover(signal);
  const source = guest.location.host ?? '';
  if (source === target) return;
  const result = await guest.migrate(
    { attemptId: 'put-back', vmId: guest.id, source, target, timeoutMs: putBackMsMax },
    signal,
  );
  if (result.kind !== 'completed') throw new Error(result.failure.message);
}
