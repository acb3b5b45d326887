import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import { createPostgresCoordination } from '@gauntlet/shared/platform/coordination-postgres';
import { systemIds } from '@gauntlet/shared/platform/ids';
import { createSilentLogger } from '@gauntlet/shared/platform/logger';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import type { Core } from '../../apps/orchestrator/src/compose-core.ts';
import type { OrchestratorConfig } from '../../apps/orchestrator/src/config.ts';
import { createBench } from '../../apps/orchestrator/test/support/core.ts';
import { createTestDatabase } from '../../apps/orchestrator/test/support/database.ts';
import { startSimulator } from '../../apps/simulator/src/server.ts';
import { composeWorker } from '../../apps/worker/src/compose.ts';

/** Orchestrator, worker and simulator in one process, on a database of their own. */
export async function openHouse({
  clock = systemClock,
  config: change = {},
}: {
  readonly clock?: Clock;
  readonly config?: Partial<OrchestratorConfig>;
} = {}) {
  await using stack = new AsyncDisposableStack();
  const log = createSilentLogger();
  const database = stack.use(await createTestDatabase());
  const bench = stack.use(await createBench(database, undefined, change, clock));
  const simulator = stack.use(await startSimulator({ host: '127.0.0.1', port: 0 }, { clock, log }));
  const dataDir = await mkdtemp(join(tmpdir(), 'gauntlet-house-'));
  stack.defer(() => rm(dataDir, { recursive: true, force: true }));
  let running: Core = await bench.start();
  stack.defer(() => running[Symbol.asyncDispose]());
  const pool = database.pool('public');
  const config = {
    workerName: 'worker',
    dataDir,
    concurrency: 8,
    clusters: null,
    graceMs: 2_000,
    lockMs: 30_000,
    secret: () => undefined,
  };
  const coordination = await createPostgresCoordination(pool);
  const parts = { queueBackend: bench.backend, coordination, clock, ids: systemIds, log };
  stack.use(await composeWorker({ config, ...parts }));
  const kept = stack.move();
  return {
    pool,
    simulatorUrl: simulator.url,
    /** The orchestrator that runs now. */
    core: () => running,
    async restart() {
      await running[Symbol.asyncDispose]();
      running = await bench.start();
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}
