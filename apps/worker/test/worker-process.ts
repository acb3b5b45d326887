import { appendFileSync } from 'node:fs';
import { connectQueues } from '@gauntlet/shared/platform/connect-queues';
import { systemIds } from '@gauntlet/shared/platform/ids';
import { createSilentLogger } from '@gauntlet/shared/platform/logger';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import { composeWorker } from '../src/compose.ts';
import { createScriptedDriver } from '../src/testing/scripted-driver.ts';

// A worker to be killed: each migration is written to a file as it begins and takes an hour.
const [address = '', dataDir = '', ledger = ''] = process.argv.slice(2);
const log = createSilentLogger();
const queues = await connectQueues({ ...JSON.parse(address), log });
await composeWorker({
  ...queues,
  clock: systemClock,
  ids: systemIds,
  log,
  factories: {
    simulated: async () =>
      createScriptedDriver(systemClock, {
        migrate: async ({ complete }, signal) => {
          appendFileSync(ledger, 'migrate\n');
          await systemClock.sleep(3_600_000, signal);
          return complete();
        },
      }),
  },
  config: {
    workerName: `killed-${process.pid}`,
    dataDir,
    concurrency: 4,
    clusters: null,
    graceMs: 1_000,
    lockMs: 1_000,
    secret: () => undefined,
  },
});
