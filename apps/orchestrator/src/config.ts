import { type Fault, ParseError, parse } from '@gauntlet/shared/contracts/parse';
import { literals } from '@gauntlet/shared/contracts/primitives';
import { type LogLevel, logLevels } from '@gauntlet/shared/platform/logger';
import Type from 'typebox';
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
}

/** What the process needs beside: where its records and its queue are, and how it logs. */
export interface OrchestratorSettings {
  readonly orchestrator: OrchestratorConfig;
  readonly logLevel: LogLevel;
  readonly logFormat: 'json' | 'line';
  readonly databaseUrl: string;
  /** null: the queue lives in PostgreSQL. */
  readonly redisUrl: string | null;
  /** Connections to PostgreSQL at most: for the records, and again for the queue. */
  readonly databaseConnectionsMax: number;
}

/** Every variable of this app, as text; see `.env.example`. */
export const OrchestratorEnvironment = Type.Object({
  DATABASE_URL: Type.String({ pattern: '^postgres(ql)?://' }),
  REDIS_URL: Type.Optional(Type.String({ pattern: '^rediss?://' })),
  PORT: Type.Optional(Type.String({ pattern: '^\\d{1,5}$' })),
  HOST: Type.Optional(Type.String({ minLength: 1, maxLength: 255 })),
  LOG_LEVEL: Type.Optional(literals(logLevels)),
  GAUNTLET_DATA_DIR: Type.Optional(Type.String({ minLength: 1, maxLength: 4096 })),
  GAUNTLET_LOG_FORMAT: Type.Optional(literals(['json', 'line'])),
  GAUNTLET_DATABASE_CONNECTIONS: Type.Optional(Type.String({ pattern: '^[1-9]\\d{0,2}$' })),
  /** `name:role:sha256` of each key, separated by commas. */
  GAUNTLET_API_KEYS: Type.Optional(Type.String({ maxLength: 65_536 })),
});

const ours = 'GAUNTLET_';
const keyPattern = /^([^:,\s]{1,100}):([a-z]+):([0-9a-f]{64})$/;

/**
 * The frozen configuration.
 *
 * @throws ParseError naming every fault at once, unknown names with our prefix among them
 */
export function parseConfig(
  environment: Readonly<Record<string, string | undefined>>,
): OrchestratorSettings {
  const known = Object.keys(OrchestratorEnvironment.properties);
  const given = Object.fromEntries(
    known.flatMap((name) => {
      const value = environment[name];
      return value === undefined || value === '' ? [] : [[name, value]];
    }),
  );
  const faults: Fault[] = [
    ...unknownNames(environment, known),
    ...schemaFaults(given),
    ...keyFaults(given['GAUNTLET_API_KEYS']),
    ...portFaults(given['PORT']),
  ];
  if (faults.length > 0) throw new ParseError('environment', faults);
  const env = parse(OrchestratorEnvironment, given, 'environment');
  return Object.freeze({
    orchestrator: Object.freeze({
      dataDir: env.GAUNTLET_DATA_DIR ?? './data',
      host: env.HOST ?? '127.0.0.1',
      port: Number(env.PORT ?? 8080),
      apiKeys: Object.freeze(parseApiKeys(env.GAUNTLET_API_KEYS ?? '')),
    }),
    logLevel: env.LOG_LEVEL ?? 'info',
    logFormat: env.GAUNTLET_LOG_FORMAT ?? 'json',
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL ?? null,
    databaseConnectionsMax: Number(env.GAUNTLET_DATABASE_CONNECTIONS ?? 20),
  });
}

/** @throws ParseError */
export function parseApiKeys(text: string): ConfiguredKey[] {
  const faults = keyFaults(text);
  if (faults.length > 0) throw new ParseError('environment', faults);
  return entriesOf(text).flatMap((entry) => {
    const [, name, role, hash] = keyPattern.exec(entry) ?? [];
    const held = roles.find((one) => one === role);
    return name === undefined || hash === undefined || held === undefined
      ? []
      : [{ name, role: held, hash }];
  });
}

function entriesOf(text: string): string[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

function keyFaults(text: string | undefined): Fault[] {
  return entriesOf(text ?? '').flatMap((entry, index) => {
    const role = keyPattern.exec(entry)?.[2];
    if (roles.some((one) => one === role)) return [];
    // The entry itself is not repeated: somebody may have put the key where its hash belongs.
    const detail = `entry ${index + 1} is not name:role:sha256 with a role of ${roles.join(', ')}`;
    return [{ pointer: '/GAUNTLET_API_KEYS', detail }];
  });
}

function portFaults(port: string | undefined): Fault[] {
  if (port === undefined || Number.isNaN(Number(port)) || Number(port) <= 65_535) return [];
  return [{ pointer: '/PORT', detail: 'must be at most 65535' }];
}

function unknownNames(environment: object, known: readonly string[]): Fault[] {
  const foreign = Object.keys(environment).filter(
    (name) => name.startsWith(ours) && !known.includes(name),
  );
  return foreign.map((name) => ({ pointer: `/${name}`, detail: 'is no setting of this program' }));
}

function schemaFaults(given: unknown): readonly Fault[] {
  try {
    parse(OrchestratorEnvironment, given, 'environment');
    return [];
  } catch (error) {
    if (error instanceof ParseError) return error.faults;
    throw error;
  }
}
