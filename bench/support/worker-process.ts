import { connectQueues } from '@gauntlet/shared/platform/connect-queues';
import { readEnvironment } from '@gauntlet/shared/platform/environment';
import { systemIds } from '@gauntlet/shared/platform/ids';
import { createSilentLogger } from '@gauntlet/shared/platform/logger';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import { composeWorker } from '../../apps/worker/src/compose.ts';
import { readWorkerConfig } from '../../apps/worker/src/config.ts';
import type { Apart } from './worker-apart.ts';

// The worker as it ships, on the backends of a bench, until the bench lets go of it or dies. Its one
// argument is an `Apart` as JSON.

const { reach, dataDir, concurrency } = JSON.parse(process.argv[2] ?? '') as Apart;
const log = createSilentLogger();
const environment = { GAUNTLET_DATA_DIR: dataDir, GAUNTLET_WORKER_NAME: 'bench' };
const config = { ...readEnvironment(environment, readWorkerConfig), concurrency };
const queues = await connectQueues({ ...reach, log });
const parts = { ...queues, clock: systemClock, ids: systemIds, log };
const worker = await composeWorker({ ...parts, config });
process.once('disconnect', () => void end());

async function end(): Promise<void> {
  await worker[Symbol.asyncDispose]();
  await queues[Symbol.asyncDispose]();
}
