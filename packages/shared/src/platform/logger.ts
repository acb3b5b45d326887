import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';
import { formatLogLine } from './log-line.ts';

export type Logger = PinoLogger;

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

export interface LogOptions {
  readonly level: LogLevel;
  /** `line`: one line for people at a terminal; `json`: pino's own, for machines. */
  readonly format: 'json' | 'line';
  /** The process that speaks: `orchestrator`, `worker`, `standalone`. */
  readonly name: string;
}

/** Nothing under these names is ever written, at any of the first levels of the data. */
const secretNames = [
  'password',
  'secret',
  'token',
  'apiKey',
  'authorization',
  'cookie',
  'connectionString',
  'databaseUrl',
  'redisUrl',
];

/** @param destination where lines go; the process's standard error unless told otherwise */
export function createLogger(
  { level, format, name }: LogOptions,
  destination: DestinationStream = process.stderr,
): Logger {
  const options = {
    level,
    name,
    base: { name },
    redact: {
      paths: secretNames.flatMap((secret) => [secret, `*.${secret}`, `*.*.${secret}`]),
      censor: '[secret]',
    },
  };
  if (format === 'json') return pino(options, destination);
  return pino(options, { write: (line) => destination.write(formatLogLine(line)) });
}

/** A logger that says nothing: for tests and for tools. */
export function createSilentLogger(): Logger {
  return pino({ level: 'silent' });
}
