import { type LogLevel, logLevels } from './logger.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment is wrong. The message names everything that is, a line each. */
export class EnvironmentError extends Error {
  override readonly name = 'EnvironmentError';
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`the environment is wrong:\n  ${faults.join('\n  ')}`);
    this.faults = faults;
  }
}

/** Reads one variable each; an unset and an empty one are null. Faults are collected, not thrown. */
export interface EnvironmentReader {
  text(name: string, lengthMax: number): string | null;
  integer(name: string, range: { readonly min: number; readonly max: number }): number | null;
  /** Values separated by commas. */
  list(name: string): readonly string[] | null;
  oneOf<Value extends string>(name: string, values: readonly Value[]): Value | null;
  /** A wrong one is never repeated: it may carry a password. */
  url(name: string, protocols: readonly string[]): string | null;
  /** A secret by its reference name: `hyperv-password` is GAUNTLET_SECRET_HYPERV_PASSWORD. */
  secret(reference: string): string | undefined;
  /** Adds a fault of the caller's own. */
  fault(text: string): void;
}

const ours = 'GAUNTLET_';
const secretPrefix = `${ours}SECRET_`;

/**
 * The configuration that `read` makes of the environment. What `read` asks for is what is known: any
 * other variable with our prefix is a fault, because a misspelt setting must not be ignored.
 *
 * @throws EnvironmentError naming every fault at once
 */
export function readEnvironment<Config>(
  env: Environment,
  read: (reader: EnvironmentReader) => Config,
): Config {
  const faults: string[] = [];
  const asked = new Set<string>();
  const config = read(createReader(env, { faults, asked }));
  const known = [...asked].filter((name) => name.startsWith(ours)).toSorted();
  for (const name of Object.keys(env)) {
    if (!name.startsWith(ours) || name.startsWith(secretPrefix) || asked.has(name)) continue;
    faults.push(`${name} is no setting of this program; known are ${known.join(', ')}`);
  }
  if (faults.length > 0) throw new EnvironmentError(faults);
  return config;
}

/** The names that `read` asks for, whatever is set: what `.env.example` must explain. */
export function namesAskedBy(read: (reader: EnvironmentReader) => unknown): string[] {
  const asked = new Set<string>();
  read(createReader({}, { faults: [], asked }));
  return [...asked];
}

interface Notes {
  readonly faults: string[];
  readonly asked: Set<string>;
}

function createReader(env: Environment, { faults, asked }: Notes): EnvironmentReader {
  const given = (name: string) => {
    asked.add(name);
    return env[name] === '' ? undefined : env[name];
  };
  return {
    text(name, lengthMax) {
      const value = given(name);
      if (value === undefined) return null;
      if (value.length > lengthMax) faults.push(`${name} is longer than ${lengthMax} characters`);
      return value;
    },
    integer(name, { min, max }) {
      const value = given(name);
      if (value === undefined) return null;
      const number = Number(value);
      if (/^\d+$/.test(value) && number >= min && number <= max) return number;
      faults.push(`${name} must be a whole number from ${min} to ${max}, not ${quote(value)}`);
      return null;
    },
    list(name) {
      const items = given(name)
        ?.split(',')
        .map((item) => item.trim())
        .filter((item) => item !== '');
      return items === undefined || items.length === 0 ? null : items;
    },
    oneOf<Value extends string>(name: string, values: readonly Value[]) {
      const value = given(name);
      if (value === undefined) return null;
      const found = values.find((other) => other === value);
      if (found !== undefined) return found;
      faults.push(`${name} must be one of ${values.join(', ')}, not ${quote(value)}`);
      return null;
    },
    url(name, protocols) {
      const value = given(name);
      if (value === undefined) return null;
      if (URL.canParse(value) && protocols.includes(new URL(value).protocol)) return value;
      faults.push(`${name} must be a URL that begins with ${protocols.join('// or ')}//`);
      return null;
    },
    secret: (reference) => env[secretName(reference)],
    fault: (text) => {
      faults.push(text);
    },
  };
}

/** `hyperv-password` is read from GAUNTLET_SECRET_HYPERV_PASSWORD. */
export function secretName(reference: string): string {
  return `${secretPrefix}${reference.toUpperCase().replace(/[^A-Z0-9]/g, '_')}`;
}

function quote(value: string): string {
  return JSON.stringify(value.slice(0, 100));
}

export interface Backends {
  readonly databaseUrl: string | null;
  /** null: the queue lives in PostgreSQL. */
  readonly redisUrl: string | null;
}

export function readBackends(read: EnvironmentReader): Backends {
  return {
    databaseUrl: read.url('DATABASE_URL', ['postgres:', 'postgresql:']),
    redisUrl: read.url('REDIS_URL', ['redis:', 'rediss:']),
  };
}

export interface LogSettings {
  readonly level: LogLevel;
  readonly format: 'json' | 'line';
}

export function readLogSettings(read: EnvironmentReader): LogSettings {
  return {
    level: read.oneOf('LOG_LEVEL', logLevels) ?? 'info',
    format: read.oneOf('GAUNTLET_LOG_FORMAT', ['json', 'line']) ?? 'line',
  };
}

/** Where everything that a process keeps on disk lives. */
export function readDataDir(read: EnvironmentReader): string {
  return read.text('GAUNTLET_DATA_DIR', 4_096) ?? './data';
}
