import {
  type Environment,
  EnvironmentError,
  type EnvironmentReader,
  readEnvironment,
} from './environment.ts';

/** The exit code of a program that was told something it cannot follow. */
const exitUsage = 2;

/** For `main`: a wrong environment is said on standard error, and the process ends with 2. */
export function readEnvironmentOrExit<Config>(
  program: string,
  env: Environment,
  read: (reader: EnvironmentReader) => Config,
): Config {
  try {
    return readEnvironment(env, read);
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    process.stderr.write(`${program}: ${error.message}\n`);
    process.exit(exitUsage);
  }
}
