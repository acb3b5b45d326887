import { systemIds } from '@gauntlet/shared/platform/ids';
import { createLogger } from '@gauntlet/shared/platform/logger';
import { readEnvironmentOrExit } from '@gauntlet/shared/platform/read-environment-or-exit';
import { closeOnSignal } from '@gauntlet/shared/platform/shutdown';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import { composeStandalone } from './compose.ts';
import { readStandalone } from './config.ts';
import { DataFolderBusyError } from './data-folder-lock.ts';

/** What is left after the worker's own grace: reports are committed, the database is closed. */
const closingMs = 30_000;

const config = readEnvironmentOrExit('gauntlet', process.env, readStandalone);
const log = createLogger({ ...config.log, name: 'gauntlet' });
const stack = new AsyncDisposableStack();
closeOnSignal(() => stack.disposeAsync(), { graceMs: config.worker.graceMs + closingMs, log });
try {
  const parts = { config, clock: systemClock, ids: systemIds, log };
  const { url } = stack.use(await composeStandalone(parts));
  const readyMs = Math.round(performance.now());
  log.info({ readyMs, dataDir: config.orchestrator.dataDir }, `gauntlet is ready at ${url}`);
} catch (error) {
  if (!isWordForPeople(error)) throw error;
  process.stderr.write(`gauntlet: ${error.message}\n`);
  process.exitCode = 1;
}

/** Mistakes a person can mend: said in one line, without a stack. */
function isWordForPeople(error: unknown): error is Error {
  if (error instanceof DataFolderBusyError) return true;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'EADDRINUSE' || code === 'EACCES';
}
