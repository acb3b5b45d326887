import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Coordination } from '@gauntlet/shared/contracts/coordination';
import { reportQueueName } from '@gauntlet/shared/contracts/queue-names';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import { systemCalendar } from '@gauntlet/shared/platform/calendar';
import type { IdSource } from '@gauntlet/shared/platform/ids';
import type { Logger } from '@gauntlet/shared/platform/logger';
import type { SqlPool } from '@gauntlet/shared/platform/postgres-pool';
import type { QueueBackend } from '@gauntlet/shared/platform/queue-backend';
import type { PostgresPool } from 'kysely';
import { createAttemptQueue } from './adapters/bullmq/attempt-queue.ts';
import { type ControlDeskAdapter, createControlDesk } from './adapters/bullmq/control-desk.ts';
import { createDeliveryQueue, type DeliveryDesk } from './adapters/bullmq/delivery-queue.ts';
import { createReportConsumer } from './adapters/bullmq/report-consumer.ts';
import { createScheduleBell, type ScheduleBellAdapter } from './adapters/bullmq/schedule-bell.ts';
import { type ChangeHub, createChangeHub } from './adapters/change-hub.ts';
import { createEvidenceFiles } from './adapters/files/evidence-files.ts';
import { createMetrics, type MetricsEdge } from './adapters/metrics/metrics.ts';
import { createNotifyParts, createSender } from './adapters/notify/notify.ts';
import { createApiKeyStore } from './adapters/postgres/api-key-store.ts';
import { createDb, type Db } from './adapters/postgres/database.ts';
import { createIdempotencyStore } from './adapters/postgres/idempotency-store.ts';
import { acquireInstanceLock, type InstanceLock } from './adapters/postgres/instance-lock.ts';
import { migrate } from './adapters/postgres/migrate.ts';
import { createStores, createTransact } from './adapters/postgres/stores.ts';
import { createLeaseKeeper, type LeaseKeeper } from './adapters/start-permits.ts';
import { createWorkerRegistry, type HeartbeatRegistry } from './adapters/worker-registry.ts';
import { createUseCases } from './application/create-use-cases.ts';
import { createEngineState } from './application/engine-state.ts';
import { sendDelivery } from './application/notify/send-delivery.ts';
import type { Parts } from './application/parts.ts';
import { queueDepth } from './application/read-system.ts';
import { fireSchedule } from './application/schedules/fire-schedule.ts';
import type {
  ApiKeyStore,
  ChangeFeed,
  IdempotencyStore,
  UseCases,
} from './application/use-cases.ts';
import { chores } from './chores.ts';
import type { OrchestratorConfig } from './config.ts';
import { type EngineHooks, runEngine } from './engine.ts';
import { type LoopContext, runLoop } from './loops.ts';
import { recordAhead, settleMalformed, settleReports } from './settle-reports.ts';
import { version } from './version.ts';

export interface OrchestratorParts {
  readonly config: OrchestratorConfig;
  /** The records; unqualified names resolve in the schema `public`. The caller closes it. */
  readonly pool: SqlPool;
  readonly queueBackend: QueueBackend;
  readonly coordination: Coordination;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Logger;
  readonly dashboardDir?: string;
}

/** The orchestrator without its HTTP edge. */
export interface Core extends AsyncDisposable {
  readonly useCases: UseCases;
  readonly changeFeed: ChangeFeed;
  readonly idempotency: IdempotencyStore;
  readonly apiKeys: ApiKeyStore;
  readonly metrics: MetricsEdge;
}

/** Waits for its turn on the database, brings the schema up to date and starts the engine. */
export async function composeCore(given: OrchestratorParts): Promise<Core> {
  await using stack = new AsyncDisposableStack();
  const { pool, clock, log } = given;
  const lock = stack.use(await acquireInstanceLock(pool, { clock, log }));
  const db = createDb(pool as unknown as PostgresPool);
  await migrate(db);
  const wiring = wire(given, db);
  const { parts, hub, stop } = wiring;
  stack.defer(stop);
  const troubles = new Map<string, string>();
  const facts = {
    version,
    startedAt: clock.now(),
    backends: { records: 'postgres', queue: given.queueBackend.kind },
    troubles: () => [...troubles.values()],
  };
  const idempotency = createIdempotencyStore(db, clock);
  stack.defer(startEngine(wiring, { given, lock, troubles, purge: () => idempotency.purge() }));
  const kept = stack.move();
  return {
    useCases: createUseCases(parts, facts),
    changeFeed: hub,
    idempotency,
    apiKeys: withConfiguredKeys(createApiKeyStore(db), given.config),
    metrics: wiring.metrics,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

interface Wiring {
  readonly parts: Parts;
  readonly hub: ChangeHub;
  readonly keeper: LeaseKeeper;
  readonly desk: ControlDeskAdapter;
  readonly bell: ScheduleBellAdapter;
  readonly registry: HeartbeatRegistry;
  readonly metrics: MetricsEdge;
  readonly deliveries: DeliveryDesk;
  readonly reports: ReturnType<QueueBackend['createQueue']>;
  readonly stop: () => Promise<void>;
}

function wire(
  { config, queueBackend, coordination, clock, ids, log }: OrchestratorParts,
  db: Db,
): Wiring {
  const stores = createStores(db);
  const hub = createChangeHub();
  const reports = queueBackend.createQueue(reportQueueName);
  const queue = createAttemptQueue(queueBackend, reports);
  const deliveries = createDeliveryQueue(queueBackend, config.notify);
  const desk = createControlDesk({ backend: queueBackend, clock, pickUpMsMax: 10_000 });
  const registry = createWorkerRegistry(clock);
  const bell = createScheduleBell(queueBackend, log);
  const keeper = createLeaseKeeper(coordination, stores.clusters);
  const { meters, edge } = createMetrics({
    inFlight: () => stores.attempts.countAllInFlight(),
    queueDepth: () => queueDepth(parts),
    workersAlive: () => registry.list().filter((worker) => worker.alive).length,
  });
  const parts: Parts = {
    stores,
    transact: createTransact(db),
    state: createEngineState(),
    queue,
    control: desk,
    files: createEvidenceFiles(join(config.dataDir, 'evidence')),
    workers: registry,
    permits: keeper,
    bell,
    notices: hub,
    notify: createNotifyParts(config.notify, deliveries),
    retention: { defaults: config.retention },
    meters,
    digest: (text) => createHash('sha256').update(text).digest('hex'),
    clock,
    calendar: systemCalendar,
    ids,
    log,
  };
  const stop = async () => {
    await queue[Symbol.asyncDispose]();
    await deliveries[Symbol.asyncDispose]();
    await reports.close();
  };
  return { parts, hub, keeper, desk, bell, registry, metrics: edge, deliveries, reports, stop };
}

interface EngineStart {
  readonly given: OrchestratorParts;
  readonly lock: InstanceLock;
  readonly troubles: Map<string, string>;
  readonly purge: () => Promise<void>;
}

/** @returns what ends it: first the loops, then the reports in hands are committed */
function startEngine(wiring: Wiring, { given, lock, troubles, purge }: EngineStart) {
  const { parts, hub, keeper, desk, bell } = wiring;
  const { clock, log } = given;
  const consumer = createConsumer(wiring, given);
  const stopping = new AbortController();
  const context: LoopContext = { clock, log, signal: stopping.signal, troubles, silent: new Set() };
  const hooks: EngineHooks = {
    assertInCharge: async () => {
      if (!lock.isHeld()) await lock.reacquire();
    },
    renewLeases: () => keeper.renew(),
    sweepReports: () => consumer.sweep(),
    purge,
    onRoom: (listener) => hub.onRoom(listener),
  };
  consumer.start();
  bell.listen((scheduleId) => fireSchedule(parts, scheduleId));
  void setBells(parts);
  const send = createSender(given.config.notify, { clock, version });
  wiring.deliveries.start((id) => sendDelivery(parts, id, send));
  const running = Promise.all([
    runEngine(parts, { context, hooks }),
    ...chores(parts, stopping.signal).map((chore) => runLoop(context, chore)),
  ]);
  return async () => {
    stopping.abort(new Error('the orchestrator is shutting down'));
    await desk[Symbol.asyncDispose]();
    await bell[Symbol.asyncDispose]();
    await running;
    await consumer[Symbol.asyncDispose]();
  };
}

/** A queue that lost its memory, or a schedule changed while it was lost, is no silent bell. */
async function setBells({ stores, bell, log }: Parts): Promise<void> {
  try {
    for (const schedule of await stores.schedules.listAll())
      await (schedule.paused ? bell.remove(schedule.id) : bell.set(schedule));
  } catch (err) {
    log.warn({ err }, 'bells could not be set: schedules fire some seconds late');
  }
}

function createConsumer(
  { parts, desk, registry, reports }: Wiring,
  { queueBackend, clock, log }: OrchestratorParts,
) {
  return createReportConsumer({
    backend: queueBackend,
    queue: reports,
    clock,
    log,
    handlers: {
      settle: (attemptReports) => settleReports(parts, attemptReports),
      recordAhead: (report) => recordAhead(parts, report),
      settleMalformed: (attemptId, reason) => settleMalformed(parts, attemptId, reason),
      onReply: (reply) => desk.onReply(reply),
      onHeartbeat: (heartbeat) => {
        const started = registry.onHeartbeat(heartbeat);
        const marked = parts.stores.attempts.markRunning(started, heartbeat.workerId, clock.now());
        // It is for people to see; the report settles the attempt all the same.
        marked.catch((err: unknown) => log.debug({ err }, 'a running attempt was not noted'));
      },
    },
  });
}

/** Keys of the environment beside those of the table. */
function withConfiguredKeys(stored: ApiKeyStore, { apiKeys }: OrchestratorConfig): ApiKeyStore {
  const configured = new Map(apiKeys.map((key) => [key.hash, key.role]));
  return {
    roleOf: async (keyHash) => configured.get(keyHash) ?? stored.roleOf(keyHash),
    isEmpty: async () => configured.size === 0 && stored.isEmpty(),
  };
}
