import { connectQueues } from '@gauntlet/shared/platform/connect-queues';
import { systemIds } from '@gauntlet/shared/platform/ids';
import { createLogger } from '@gauntlet/shared/platform/logger';
import { closeOnSignal } from '@gauntlet/shared/platform/shutdown';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import { abandonMs, composeWorker } from './compose.ts';
import { parseEnvironment } from './config.ts';

const environment = parseEnvironment(process.env);
if ('faults' in environment) {
  process.stderr.write(`worker: the environment is wrong:\n  ${environment.faults.join('\n  ')}\n`);
  process.exit(2);
}
const { worker: config, databaseUrl, redisUrl, logLevel, logFormat } = environment;
const log = createLogger({ level: logLevel, format: logFormat, name: 'worker' });
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
