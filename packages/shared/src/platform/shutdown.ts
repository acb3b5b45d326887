import closeWithGrace from 'close-with-grace';
import type { Logger } from './logger.ts';

export interface Shutdown {
  /** Begins the shutdown as a signal would. */
  close(): void;
  /** Forgets the process's signals again: for tests. */
  uninstall(): void;
}

/**
 * Calls `release` on the first SIGINT or SIGTERM, or on an error nobody caught, and ends the process
 * afterwards: with 0 after a signal, with 1 after an error. A second signal, or more than `graceMs`,
 * ends it at once.
 *
 * @param graceMs milliseconds, > 0
 */
export function closeOnSignal(
  release: () => Promise<void>,
  { graceMs, log }: { graceMs: number; log: Logger },
): Shutdown {
  return closeWithGrace(
    {
      delay: graceMs,
      logger: false,
      onSecondSignal: (signal) => log.warn({ signal }, 'second signal: ending at once'),
      onSecondError: (err) => log.error({ err }, 'second error while shutting down'),
      onTimeout: (delay) => log.error({ graceMs: delay }, 'shutdown took too long: ending at once'),
    },
    async ({ err, signal }) => {
      if (err !== undefined) log.fatal({ err }, 'error that nobody caught: shutting down');
      else log.info({ signal }, 'shutting down');
      await release();
      log.info({}, 'shut down');
    },
  );
}
