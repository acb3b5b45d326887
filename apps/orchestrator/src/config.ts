import type { RetentionView } from '@gauntlet/shared/contracts/retention';
import {
  type Backends,
  type EnvironmentReader,
  type LogSettings,
  readBackends,
  readDataDir,
  readLogSettings,
} from '@gauntlet/shared/platform/environment';
import { type Role, roles } from './application/use-cases.ts';

export interface ConfiguredKey {
  readonly name: string;
  readonly role: Role;
  /** SHA-256 of the key, in hex. */
  readonly hash: string;
}

export interface OrchestratorConfig {
  readonly dataDir: string;
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly apiKeys: readonly ConfiguredKey[];
  readonly notify: NotifyConfig;
  /** Until PATCH /retention says otherwise. */
  readonly retention: RetentionView;
}

export interface SmtpSettings {
  /** `smtp://user:password@host:587` or `smtps://...`. */
  readonly url: string;
  readonly from: string;
}

export interface NotifyConfig {
  /** Address of the service for people, without a slash at its end; null: links are left out. */
  readonly publicUrl: string | null;
  /** Networks, addresses and host names that webhooks may reach although they are not public. */
  readonly allow: readonly string[];
  readonly smtp: SmtpSettings | null;
  /** A secret by its reference name. */
  readonly secretOf: (reference: string) => string | undefined;
  /** ms for a whole try. */
  readonly tryMsMax: number;
  /** ms before the second try; doubles with every further one. */
  readonly retryMsMin: number;
}

/** What the process needs beside: where its records and its queue are, and how it logs. */
export interface OrchestratorProcessConfig extends Backends {
  readonly orchestrator: OrchestratorConfig;
  readonly log: LogSettings;
  readonly databaseUrl: string;
  readonly connectionsMax: number;
}

const connectionsDefault = 20;

export function readOrchestratorConfig(read: EnvironmentReader): OrchestratorConfig {
  return {
    dataDir: readDataDir(read),
    host: read.text('HOST', 255) ?? '127.0.0.1',
    port: read.integer('PORT', { min: 0, max: 65_535 }) ?? 8080,
    apiKeys: readApiKeys(read),
    notify: readNotifyConfig(read),
    retention: {
      attemptsDays: readDays(read, 'GAUNTLET_RETENTION_ATTEMPTS_DAYS', 90),
      evidenceDays: readDays(read, 'GAUNTLET_RETENTION_EVIDENCE_DAYS', 365),
    },
  };
}

/** 0: for ever. */
function readDays(read: EnvironmentReader, name: string, otherwise: number): number | null {
  const days = read.integer(name, { min: 0, max: 36_500 }) ?? otherwise;
  return days === 0 ? null : days;
}

function readNotifyConfig(read: EnvironmentReader): NotifyConfig {
  const smtpUrl = read.url('GAUNTLET_SMTP_URL', ['smtp:', 'smtps:']);
  const from = read.text('GAUNTLET_SMTP_FROM', 320);
  if (smtpUrl !== null && from === null)
    read.fault('GAUNTLET_SMTP_FROM must name the sender once GAUNTLET_SMTP_URL is set');
  return {
    publicUrl: read.url('GAUNTLET_PUBLIC_URL', ['http:', 'https:'])?.replace(/\/+$/, '') ?? null,
    allow: read.list('GAUNTLET_NOTIFY_ALLOW') ?? [],
    smtp: smtpUrl === null || from === null ? null : { url: smtpUrl, from },
    secretOf: (reference) => read.secret(reference),
    tryMsMax: read.integer('GAUNTLET_NOTIFY_TIMEOUT_MS', { min: 100, max: 60_000 }) ?? 10_000,
    retryMsMin: read.integer('GAUNTLET_NOTIFY_RETRY_MS', { min: 10, max: 3_600_000 }) ?? 10_000,
  };
}

/** Connections to PostgreSQL at most: for the records, and again for the queue. */
export function readConnectionsMax(read: EnvironmentReader): number {
  const given = read.integer('GAUNTLET_DATABASE_CONNECTIONS', { min: 1, max: 999 });
  return given ?? connectionsDefault;
}

export function readOrchestratorProcess(read: EnvironmentReader): OrchestratorProcessConfig {
  const { databaseUrl, redisUrl } = readBackends(read);
  if (databaseUrl === null) read.fault('DATABASE_URL must name the PostgreSQL of the records');
  return {
    databaseUrl: databaseUrl ?? '',
    redisUrl,
    orchestrator: readOrchestratorConfig(read),
    log: readLogSettings(read),
    connectionsMax: readConnectionsMax(read),
  };
}

const keyPattern = /^([^:,\s]{1,100}):([a-z]+):([0-9a-f]{64})$/;

/** `name:role:sha256` of each key, separated by commas. */
function readApiKeys(read: EnvironmentReader): ConfiguredKey[] {
  const entries = read.list('GAUNTLET_API_KEYS') ?? [];
  return entries.flatMap((entry, index) => {
    const [, name, role, hash] = keyPattern.exec(entry) ?? [];
    const held = roles.find((one) => one === role);
    if (name !== undefined && hash !== undefined && held !== undefined)
      return [{ name, role: held, hash }];
    // The entry itself is not repeated: somebody may have put the key where its hash belongs.
    const wanted = `name:role:sha256 with a role of ${roles.join(', ')}`;
    read.fault(`GAUNTLET_API_KEYS: entry ${index + 1} is not ${wanted}; npm run keys makes one`);
    return [];
  });
}
