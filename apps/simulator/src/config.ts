import { parse } from '@gauntlet/shared/contracts/parse';
import { literals } from '@gauntlet/shared/contracts/primitives';
import { logLevels } from '@gauntlet/shared/platform/logger';
import Type from 'typebox';

/** The whole environment of the simulator. It keeps nothing on disk. */
const Environment = Type.Object({
  PORT: Type.Optional(Type.String({ pattern: '^\\d{1,5}$' })),
  HOST: Type.Optional(Type.String({ minLength: 1 })),
  LOG_LEVEL: Type.Optional(literals(logLevels)),
  GAUNTLET_LOG_FORMAT: Type.Optional(literals(['json', 'line'])),
});

export interface SimulatorConfig {
  readonly port: number;
  readonly host: string;
  readonly logLevel: (typeof logLevels)[number];
  readonly logFormat: 'json' | 'line';
}

export type Variables = Readonly<Record<string, string | undefined>>;

/** @throws ParseError that names every fault, unknown GAUNTLET_ names among them */
export function parseConfig(variables: Variables): SimulatorConfig {
  const names = Object.keys(Environment.properties);
  const given = Object.entries(variables).filter(
    ([name, value]) => value !== '' && (names.includes(name) || name.startsWith('GAUNTLET_')),
  );
  const schema = Type.Object(Environment.properties, { additionalProperties: false });
  const env = parse(schema, Object.fromEntries(given), 'environment of the simulator');
  return {
    port: Number(env.PORT ?? 8090),
    host: env.HOST ?? '127.0.0.1',
    logLevel: env.LOG_LEVEL ?? 'info',
    logFormat: env.GAUNTLET_LOG_FORMAT ?? 'line',
  };
}
