import { connectQueues } from '@gauntlet/shared/platform/connect-queues';
import { systemIds } from '@gauntlet/shared/platform/ids';
import { createLogger } from '@gauntlet/shared/platform/logger';
import { createPostgresPool } from '@gauntlet/shared/platform/postgres-pool';
import { readEnvironmentOrExit } from '@gauntlet/shared/platform/read-environment-or-exit';
import { closeOnSignal } from '@gauntlet/shared/platform/shutdown';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import { composeOrchestrator } from './compose.ts';
import { readOrchestratorProcess } from './config.ts';
import { findDashboard } from './find-dashboard.ts';

const graceMs = 15_000;

const settings = readEnvironmentOrExit('orchestrator', process.env, readOrchestratorProcess);
const { databaseUrl, redisUrl, connectionsMax: max } = settings;
const log = createLogger({ ...settings.log, name: 'orchestrator' });
const stack = new AsyncDisposableStack();
closeOnSignal(() => stack.disposeAsync(), { graceMs, log });
const pool = createPostgresPool({
  connectionString: databaseUrl,
  max,
  schema: 'public',
  onError: (err) => log.debug({ err }, 'idle database connection ended'),
});
stack.defer(() => pool.end());
const { queueBackend, coordination } = stack.use(
  await connectQueues({ databaseUrl, redisUrl, log, poolMax: max }),
);
stack.use(
  await composeOrchestrator({
    config: settings.orchestrator,
    pool,
    queueBackend,
    coordination,
    clock: systemClock,
    ids: systemIds,
    log,
    ...findDashboard(),
  }),
);
