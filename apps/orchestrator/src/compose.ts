import type { UseCases } from './application/use-cases.ts';
import { composeCore, type OrchestratorParts } from './compose-core.ts';
import { assertListenAddress } from './http/listen-address.ts';
import { createServer } from './http/server.ts';

export interface Orchestrator extends AsyncDisposable {
  /** Where it listens: `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly useCases: UseCases;
}

/**
 * The whole orchestrator: records, engine and HTTP edge. Waits while another one uses the database.
 *
 * @throws Error when the address may not be listened on, or the database cannot be reached
 */
export async function composeOrchestrator(parts: OrchestratorParts): Promise<Orchestrator> {
  await using stack = new AsyncDisposableStack();
  const { config, clock, ids, log, dashboardDir } = parts;
  const core = stack.use(await composeCore(parts));
  assertListenAddress({ host: config.host, hasKeys: !(await core.apiKeys.isEmpty()) });
  const server = createServer({
    useCases: core.useCases,
    changeFeed: core.changeFeed,
    idempotency: core.idempotency,
    apiKeys: core.apiKeys,
    metrics: core.metrics,
    log,
    clock,
    ids,
    ...(dashboardDir === undefined ? {} : { dashboardDir }),
  });
  stack.defer(() => server.close());
  const url = await server.listen({ host: config.host, port: config.port });
  const kept = stack.move();
  return { url, useCases: core.useCases, [Symbol.asyncDispose]: () => kept.disposeAsync() };
}
