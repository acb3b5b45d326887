import { ParseError } from '@gauntlet/shared/contracts/parse';
import { connectQueues } from '@gauntlet/shared/platform/connect-queues';
import { systemIds } from '@gauntlet/shared/platform/ids';
import { createLogger } from '@gauntlet/shared/platform/logger';
import { createPostgresPool } from '@gauntlet/shared/platform/postgres-pool';
import { closeOnSignal } from '@gauntlet/shared/platform/shutdown';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import { composeOrchestrator } from './compose.ts';
import { type OrchestratorSettings, parseConfig } from './config.ts';
import { findDashboard } from './find-dashboard.ts';

const graceMs = 15_000;

const settings = readSettings();
const log = createLogger({
  level: settings.logLevel,
  format: settings.logFormat,
  name: 'orchestrator',
});
const stack = new AsyncDisposableStack();
closeOnSignal(() => stack.disposeAsync(), { graceMs, log });
const { databaseUrl, redisUrl, databaseConnectionsMax: max } = settings;
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
const dashboardDir = findDashboard();
stack.use(
  await composeOrchestrator({
    config: settings.orchestrator,
    pool,
    queueBackend,
    coordination,
    clock: systemClock,
    ids: systemIds,
    log,
    ...(dashboardDir === undefined ? {} : { dashboardDir }),
  }),
);

function readSettings(): OrchestratorSettings {
  try {
    return parseConfig(process.env);
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    const faults = error.faults.map(({ pointer, detail }) => `${pointer.slice(1)} ${detail}`);
    process.stderr.write(`orchestrator: the environment is wrong:\n  ${faults.join('\n  ')}\n`);
    process.exit(2);
  }
}
