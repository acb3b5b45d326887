import { connectQueues } from '@gauntlet/shared/platform/connect-queues';
import { systemIds } from '@gauntlet/shared/platform/ids';
import { createLogger } from '@gauntlet/shared/platform/logger';
import { readEnvironmentOrExit } from '@gauntlet/shared/platform/read-environment-or-exit';
import { closeOnSignal } from '@gauntlet/shared/platform/shutdown';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import { abandonMs, composeWorker } from './compose.ts';
import { readWorkerProcess } from './config.ts';

const environment = readEnvironmentOrExit('worker', process.env, readWorkerProcess);
const { worker: config, databaseUrl, redisUrl } = environment;
const log = createLogger({ ...environment.log, name: 'worker' });
const stack = new AsyncDisposableStack();
closeOnSignal(() => stack.disposeAsync(), {
  graceMs: config.graceMs + 2 * abandonMs,
  log,
});
const { queueBackend, coordination } = stack.use(
  await connectQueues({ databaseUrl, redisUrl, log }),
);
stack.use(
  await composeWorker({
    config,
    queueBackend,
    coordination,
    clock: systemClock,
    ids: systemIds,
    log,
  }),
);
