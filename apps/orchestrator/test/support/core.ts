import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewCampaign } from '@gauntlet/shared/contracts/campaigns';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import { createPostgresCoordination } from '@gauntlet/shared/platform/coordination-postgres';
import { systemIds } from '@gauntlet/shared/platform/ids';
import { createSilentLogger, type Logger } from '@gauntlet/shared/platform/logger';
import {
  createPostgresQueueBackend,
  type QueueBackend,
} from '@gauntlet/shared/platform/queue-backend';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import type { UseCases } from '../../src/application/use-cases.ts';
import { composeOrchestrator, type Orchestrator } from '../../src/compose.ts';
import { type Core, composeCore, type OrchestratorParts } from '../../src/compose-core.ts';
import type { OrchestratorConfig } from '../../src/config.ts';
import type { TestDatabase } from './database.ts';

export interface Bench extends AsyncDisposable {
  readonly backend: QueueBackend;
  /** A new orchestrator on the same database, as after a restart. */
  start(): Promise<Core>;
  /** The same with its HTTP edge, on a free port of loopback. */
  serve(): Promise<Orchestrator>;
}

export async function createBench(
  database: TestDatabase,
  log?: Logger,
  change: Partial<OrchestratorConfig> = {},
  clock: Clock = systemClock,
): Promise<Bench> {
  const logger = log ?? createSilentLogger();
  const pool = database.pool('bullmq');
  await pool.query('create schema if not exists bullmq');
  const backend = await createPostgresQueueBackend({ pool, log: logger });
  const records = database.pool('public');
  const coordination = await createPostgresCoordination(records);
  const dataDir = mkdtempSync(join(tmpdir(), 'gauntlet-core-'));
  const parts: OrchestratorParts = {
    config: { ...testConfig, dataDir, ...change },
    pool: records,
    queueBackend: backend,
    coordination,
    clock,
    ids: systemIds,
    log: logger,
  };
  return {
    backend,
    start: () => composeCore(parts),
    serve: () => composeOrchestrator(parts),
    async [Symbol.asyncDispose]() {
      await backend[Symbol.asyncDispose]();
      rmSync(dataDir, { recursive: true });
    },
  };
}

export const testConfig: OrchestratorConfig = {
  dataDir: '',
  host: '127.0.0.1',
  port: 0,
  apiKeys: [],
  retention: { attemptsDays: null, evidenceDays: null },
  notify: {
    publicUrl: null,
    allow: [],
    smtp: null,
    secretOf: () => undefined,
    tryMsMax: 2_000,
    retryMsMin: 100,
  },
};

export function aCampaign(clusterId: string, change: Partial<NewCampaign> = {}): NewCampaign {
  return {
    name: 'a campaign',
    clusterId,
    settleMs: 0,
    limits: { concurrency: 16, outboundPerHost: 16, inboundPerHost: 16 },
    stop: { attemptsMax: 100 },
    ...change,
  };
}

/** Polls until the condition holds. @throws when it does not within `waitMsMax` */
export async function eventually<Value>(
  read: () => Promise<Value>,
  holds: (value: Value) => boolean,
  waitMsMax = 30_000,
): Promise<Value> {
  const giveUpMs = performance.now() + waitMsMax;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (performance.now() > giveUpMs)
      throw new Error(`did not happen in ${waitMsMax} ms: ${JSON.stringify(value)}`);
    await systemClock.sleep(25);
  }
}

export function ended(useCases: UseCases, id: string, waitMsMax = 60_000) {
  return eventually(
    () => useCases.getCampaign(id),
    ({ state }) => state === 'finished' || state === 'stopped' || state === 'failed',
    waitMsMax,
  );
}
