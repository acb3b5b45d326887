import os from 'node:os';
import { type LogLevel, logLevels } from '@gauntlet/shared/platform/logger';

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
export interface WorkerEnvironment {
  readonly worker: WorkerConfig;
  readonly databaseUrl: string | null;
  readonly redisUrl: string | null;
  readonly logLevel: LogLevel;
  readonly logFormat: 'json' | 'line';
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment is wrong: `faults` names everything that is. */
export interface ConfigFaults {
  readonly faults: readonly string[];
}

const known = [
  'GAUNTLET_DATA_DIR',
  'GAUNTLET_WORKER_NAME',
  'GAUNTLET_WORKER_CONCURRENCY',
  'GAUNTLET_WORKER_CLUSTERS',
  'GAUNTLET_WORKER_GRACE_MS',
  'GAUNTLET_LOG_FORMAT',
];
const secretPrefix = 'GAUNTLET_SECRET_';
const concurrencyMax = 1_000;
const graceMsMax = 86_400_000;

export const workerDefaults = { concurrency: 32, graceMs: 30_000, lockMs: 30_000 } as const;

/** Reads the environment once; resolves to every fault of it at the same time. */
export function parseEnvironment(env: Environment): WorkerEnvironment | ConfigFaults {
  const faults = findUnknown(env);
  const read = createReader(env, faults);
  const databaseUrl = read.url('DATABASE_URL', ['postgres:', 'postgresql:']);
  const redisUrl = read.url('REDIS_URL', ['redis:', 'rediss:']);
  if (databaseUrl === null && redisUrl === null && faults.length === 0) {
    faults.push('REDIS_URL or DATABASE_URL must name the queue that the orchestrator uses');
  }
  const environment: WorkerEnvironment = {
    worker: {
      workerName: read.text('GAUNTLET_WORKER_NAME', 200) ?? `${os.hostname()}-${process.pid}`,
      dataDir: read.text('GAUNTLET_DATA_DIR', 4_096) ?? './data',
      concurrency:
        read.integer('GAUNTLET_WORKER_CONCURRENCY', 1, concurrencyMax) ??
        workerDefaults.concurrency,
      clusters: read.list('GAUNTLET_WORKER_CLUSTERS'),
      graceMs: read.integer('GAUNTLET_WORKER_GRACE_MS', 0, graceMsMax) ?? workerDefaults.graceMs,
      lockMs: workerDefaults.lockMs,
      secret: (reference) => readSecret(env, reference),
    },
    databaseUrl,
    redisUrl,
    logLevel: read.oneOf('LOG_LEVEL', logLevels) ?? 'info',
    logFormat: read.oneOf('GAUNTLET_LOG_FORMAT', ['json', 'line']) ?? 'line',
  };
  return faults.length > 0 ? { faults } : environment;
}

/** `hyperv-password` is read from `GAUNTLET_SECRET_HYPERV_PASSWORD`. */
export function readSecret(env: Environment, reference: string): string | undefined {
  return env[`${secretPrefix}${reference.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`];
}

function findUnknown(env: Environment): string[] {
  return Object.keys(env)
    .filter((name) => name.startsWith('GAUNTLET_'))
    .filter((name) => !known.includes(name) && !name.startsWith(secretPrefix))
    .map((name) => `${name} is not known; known are ${known.join(', ')} and ${secretPrefix}<NAME>`);
}

function createReader(env: Environment, faults: string[]) {
  const given = (name: string) => (env[name] === '' ? undefined : env[name]);
  return {
    text(name: string, lengthMax: number): string | null {
      const value = given(name);
      if (value === undefined) return null;
      if (value.length > lengthMax) faults.push(`${name} is longer than ${lengthMax} characters`);
      return value;
    },
    integer(name: string, min: number, max: number): number | null {
      const value = given(name);
      if (value === undefined) return null;
      const number = Number(value);
      if (/^\d+$/.test(value) && number >= min && number <= max) return number;
      faults.push(`${name} must be a whole number from ${min} to ${max}, not ${quote(value)}`);
      return null;
    },
    list(name: string): readonly string[] | null {
      const items = given(name)
        ?.split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
      return items === undefined || items.length === 0 ? null : items;
    },
    oneOf<Value extends string>(name: string, values: readonly Value[]): Value | null {
      const value = given(name);
      if (value === undefined) return null;
      const found = values.find((other) => other === value);
      if (found !== undefined) return found;
      faults.push(`${name} must be one of ${values.join(', ')}, not ${quote(value)}`);
      return null;
    },
    /** Never repeats the value: it may carry a password. */
    url(name: string, protocols: readonly string[]): string | null {
      const value = given(name);
      if (value === undefined) return null;
      if (URL.canParse(value) && protocols.includes(new URL(value).protocol)) return value;
      faults.push(`${name} must be a URL that begins with ${protocols.join('// or ')}//`);
      return null;
    },
  };
}

function quote(value: string): string {
  return JSON.stringify(value.slice(0, 100));
}
