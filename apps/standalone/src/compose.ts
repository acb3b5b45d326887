import { composeOrchestrator } from '@gauntlet/orchestrator/compose';
import { findDashboard } from '@gauntlet/orchestrator/find-dashboard';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { IdSource } from '@gauntlet/shared/platform/ids';
import type { Logger } from '@gauntlet/shared/platform/logger';
import { composeWorker } from '@gauntlet/worker/compose';
import type { StandaloneConfig } from './config.ts';
import { openBackends } from './open-backends.ts';
import { registerDemo } from './register-demo.ts';

export interface StandaloneParts {
  readonly config: StandaloneConfig;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Logger;
}

export interface Standalone extends AsyncDisposable {
  /** Where it listens: `http://127.0.0.1:8080`. */
  readonly url: string;
}

/**
 * Orchestrator and one worker in one process. When it ends, the worker goes first: what it has in
 * hands is reported while somebody still listens.
 *
 * @throws DataFolderBusyError when another process has the embedded database open
 */
export async function composeStandalone(parts: StandaloneParts): Promise<Standalone> {
  await using stack = new AsyncDisposableStack();
  const { config, ...shared } = parts;
  const backends = await openBackends(stack, config, parts.log);
  const { queueBackend, coordination } = backends;
  const orchestrator = stack.use(
    await composeOrchestrator({
      ...shared,
      ...backends,
      config: config.orchestrator,
      ...findDashboard(),
    }),
  );
  await registerDemo(orchestrator.useCases);
  stack.use(await composeWorker({ ...shared, queueBackend, coordination, config: config.worker }));
  const kept = stack.move();
  return { url: orchestrator.url, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
