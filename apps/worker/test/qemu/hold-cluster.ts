// Run as a process of its own: brings up a QEMU cluster, says which processes it has, and stays.
import { createSilentLogger } from '@gauntlet/shared/platform/logger';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import { createQemuRig } from '../../src/drivers/qemu/qemu-driver.ts';

const { cluster } = await createQemuRig({
  clusterId: 'held',
  clusterName: 'held',
  options: { guests: [{ name: 'guest', count: 2 }] },
  clock: systemClock,
  stateDir: process.argv[2] ?? '',
  log: createSilentLogger(),
  secret: () => undefined,
});
const pids = [...cluster.guests.values()].map((guest) => guest.process?.pid);
process.stdout.write(`${JSON.stringify(pids)}\n`);
setInterval(() => {}, 60_000);
