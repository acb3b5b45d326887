import os from 'node:os';
import {
  type Backends,
  type EnvironmentReader,
  type LogSettings,
  readBackends,
  readDataDir,
  readLogSettings,
} from '@gauntlet/shared/platform/environment';

export interface WorkerConfig {
  /** Unique among workers; attempts are recorded under it. */
  readonly workerName: string;
  readonly dataDir: string;
  /** Attempts in hands at once, of each cluster. */
  readonly concurrency: number;
  /** Names or ids of the clusters to serve; null: all. */
  readonly clusters: readonly string[] | null;
  /** How long a stopping worker lets its attempts run on, ms. */
  readonly graceMs: number;
  /** ms of silence after which the queue counts this worker's jobs as lost. */
  readonly lockMs: number;
  /** Secrets of drivers by reference name; undefined when not set. */
  readonly secret: (reference: string) => string | undefined;
}

/** What the process needs beside: where its queue is and how it logs. */
export interface WorkerProcessConfig extends Backends {
  readonly worker: WorkerConfig;
  readonly log: LogSettings;
}

export const workerDefaults = { concurrency: 32, graceMs: 30_000, lockMs: 30_000 } as const;

export function readWorkerConfig(read: EnvironmentReader): WorkerConfig {
  const concurrency = read.integer('GAUNTLET_WORKER_CONCURRENCY', { min: 1, max: 1_000 });
  const graceMs = read.integer('GAUNTLET_WORKER_GRACE_MS', { min: 0, max: 86_400_000 });
  return {
    workerName: read.text('GAUNTLET_WORKER_NAME', 200) ?? `${os.hostname()}-${process.pid}`,
    dataDir: readDataDir(read),
    concurrency: concurrency ?? workerDefaults.concurrency,
    clusters: read.list('GAUNTLET_WORKER_CLUSTERS'),
    graceMs: graceMs ?? workerDefaults.graceMs,
    lockMs: workerDefaults.lockMs,
    secret: (reference) => read.secret(reference),
  };
}

export function readWorkerProcess(read: EnvironmentReader): WorkerProcessConfig {
  const backends = readBackends(read);
  if (backends.databaseUrl === null && backends.redisUrl === null) {
    read.fault('REDIS_URL or DATABASE_URL must name the queue that the orchestrator uses');
  }
  return { ...backends, worker: readWorkerConfig(read), log: readLogSettings(read) };
}
