import {
  type BackendFactory,
  createPostgresBackend,
  type IQueueBackend,
  type Job,
  type Processor,
  Queue,
  type RepeatOptions,
  runMigrations,
  Worker,
} from 'bullmq';
import { Redis } from 'ioredis';
import { toInstant } from '../kernel/instant.ts';
import { installBulkAdd } from './bulk-add.ts';
import { systemCalendar } from './calendar.ts';
import type { Logger } from './logger.ts';
import type { SqlPool } from './postgres-pool.ts';
import { shareListener } from './shared-listener.ts';

export type QueueJob<Data = unknown> = Job<Data, unknown>;

export type JobQueue<Data = unknown> = Queue<
  Data,
  unknown,
  string,
  Data,
  unknown,
  string,
  IQueueBackend,
  unknown
>;

export type JobWorker<Data = unknown> = Worker<Data, unknown, string, IQueueBackend>;

export interface WorkerSettings {
  /** Jobs this worker has in hands at once, >= 1. */
  readonly concurrency: number;
  /** Written on each job it takes. */
  readonly name?: string | undefined;
  /** false: call `run()` yourself. */
  readonly autorun?: boolean | undefined;
  /**
   * ms after which a job whose worker fell silent counts as lost; such a job fails, it is never run
   * again. Half of it is the interval of renewing. 30,000 unless told otherwise.
   */
  readonly lockMs?: number | undefined;
}

/** BullMQ on one backend, with the house's bounds. Queues and workers must be closed before it. */
export interface QueueBackend extends AsyncDisposable {
  readonly kind: 'redis' | 'postgres';
  createQueue<Data = unknown>(name: string): JobQueue<Data>;
  createWorker<Data = unknown>(
    name: string,
    processor: Processor<Data, unknown>,
    settings: WorkerSettings,
  ): JobWorker<Data>;
}

const lockMsDefault = 30_000;
const failedJobsMax = 1_000;
/** Nobody reads BullMQ's own event stream; it only has to be bounded. */
const streamEventsMax = 100;
const stalledCheckMs = 5_000;

/**
 * One try, gone when done: the records live in the orchestrator's tables. A failed job stays for
 * people to look at, a thousand at most.
 */
const jobDefaults = {
  attempts: 1,
  removeOnComplete: true,
  removeOnFail: { count: failedJobsMax },
} as const;

/** How long a command for Redis may wait for a lost connection before its caller learns of it. */
const redisCommandMsMax = 10_000;
const redisRetryMsMax = 1_000;

export interface RedisBackendOptions {
  readonly url: string;
  /** Everything of ours in this Redis is under it. */
  readonly prefix: string;
  readonly log: Logger;
}

export async function createRedisBackend({
  url,
  prefix,
  log,
}: RedisBackendOptions): Promise<QueueBackend> {
  const onError = reportOnce(log, 'redis is lost: nothing new is started until it is back');
  const settings = {
    maxRetriesPerRequest: null,
    retryStrategy: (times: number) => Math.min(50 * times, redisRetryMsMax),
  };
  // Two connections: a worker's blocking fetch waits for seconds by design, a producer must not.
  const producer = new Redis(url, { ...settings, commandTimeout: redisCommandMsMax });
  const consumer = new Redis(url, settings);
  for (const client of [producer, consumer]) {
    client.on('error', onError.fail);
    client.on('ready', onError.recover);
  }
  return {
    kind: 'redis',
    createQueue: <Data>(name: string) => createQueue<Data>(name, { connection: producer, prefix }),
    createWorker: <Data>(
      name: string,
      processor: Processor<Data, unknown>,
      given: WorkerSettings,
    ) => createWorker<Data>(name, processor, { connection: consumer, prefix, given, onError }),
    async [Symbol.asyncDispose]() {
      producer.disconnect();
      consumer.disconnect();
    },
  };
}

export interface PostgresBackendOptions {
  /** Unqualified names on it resolve in the schema `bullmq`. The caller closes it. */
  readonly pool: SqlPool;
  readonly log: Logger;
}

/** Brings BullMQ's schema up to date first. */
export async function createPostgresQueueBackend({
  pool,
  log,
}: PostgresBackendOptions): Promise<QueueBackend> {
  await migrate(pool);
  const onError = reportOnce(log, 'database is lost: nothing new is started until it is back');
  const shared = shareListener(pool);
  const factory = createPostgresBackend as unknown as BackendFactory<IQueueBackend, unknown>;
  return {
    kind: 'postgres',
    createQueue: <Data>(name: string) => createQueue<Data>(name, { connection: shared, factory }),
    createWorker: <Data>(
      name: string,
      processor: Processor<Data, unknown>,
      given: WorkerSettings,
    ) => createWorker<Data>(name, processor, { connection: shared, factory, given, onError }),
    [Symbol.asyncDispose]: () => shared[Symbol.asyncDispose](),
  };
}

async function migrate(pool: SqlPool): Promise<void> {
  const client = await pool.connect();
  try {
    await runMigrations(client as unknown as Parameters<typeof runMigrations>[0]);
    await installBulkAdd(client);
  } finally {
    client.release();
  }
}

interface Wiring {
  readonly connection: unknown;
  readonly prefix?: string;
  readonly factory?: BackendFactory<IQueueBackend, unknown>;
}

/** Job schedulers fire when our calendar says so: what is previewed is what happens. */
function repeatStrategy(afterMs: number, { pattern, tz }: RepeatOptions): number | undefined {
  if (pattern === undefined) return undefined;
  const time = { cron: pattern, timeZone: tz ?? 'UTC' };
  return systemCalendar.next(time, toInstant(afterMs), 1)[0];
}

function createQueue<Data>(name: string, { connection, prefix, factory }: Wiring): JobQueue<Data> {
  const options = {
    connection,
    defaultJobOptions: jobDefaults,
    streams: { events: { maxLen: streamEventsMax } },
    settings: { repeatStrategy },
    ...(prefix === undefined ? {} : { prefix }),
  };
  const queue = new Queue(name, options, toFactory(factory)) as unknown as JobQueue<Data>;
  // Every call rejects on its own; without a listener the event would end the process.
  queue.on('error', () => {});
  return queue;
}

function createWorker<Data>(
  name: string,
  processor: Processor<Data, unknown>,
  { connection, prefix, factory, given, onError }: Wiring & WorkerWiring,
): JobWorker<Data> {
  const options = {
    connection,
    concurrency: given.concurrency,
    autorun: given.autorun ?? true,
    lockDuration: given.lockMs ?? lockMsDefault,
    // A job is never run twice: one whose worker fell silent fails, and the orchestrator asks the
    // cluster what became of it.
    maxStalledCount: 0,
    stalledInterval: stalledCheckMs,
    runRetryDelay: redisRetryMsMax,
    settings: { repeatStrategy },
    ...(given.name === undefined ? {} : { name: given.name }),
    ...(prefix === undefined ? {} : { prefix }),
  };
  const worker = new Worker(
    name,
    processor,
    options,
    toFactory(factory),
  ) as unknown as JobWorker<Data>;
  worker.on('error', onError.fail);
  worker.on('active', onError.recover);
  return worker;
}

interface WorkerWiring {
  readonly given: WorkerSettings;
  readonly onError: ErrorReport;
}

/** undefined is BullMQ's own word for Redis. */
function toFactory(factory: BackendFactory<IQueueBackend, unknown> | undefined) {
  return factory as BackendFactory<IQueueBackend, unknown>;
}

interface ErrorReport {
  readonly fail: (err: unknown) => void;
  readonly recover: () => void;
}

/** A lost backend makes hundreds of errors a second: one line when it goes, one when it is back. */
function reportOnce(log: Logger, message: string): ErrorReport {
  let isLost = false;
  return {
    fail: (err) => {
      if (isLost) return;
      isLost = true;
      log.error({ err }, message);
    },
    recover: () => {
      if (!isLost) return;
      isLost = false;
      log.info({}, 'queue is back');
    },
  };
}
