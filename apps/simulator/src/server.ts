import { AppError } from '@gauntlet/shared/contracts/errors';
import { eventCountHeader } from '@gauntlet/shared/contracts/simulator';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { Logger } from '@gauntlet/shared/platform/logger';
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify';
import { createCalls, readLedger, subjectOf, vmIdOf } from './calls.ts';
import { type Clusters, createClusters, toView } from './clusters.ts';
import { addProblemHandler } from './problems.ts';
import { streamEvents } from './watch-stream.ts';

export interface Simulator extends AsyncDisposable {
  readonly url: string;
}

/** 10,000 VMs with their disks fit into it. */
const bodyBytesMax = 32 * 1024 * 1024;
/** Names of clusters are at most so many characters when percent-encoded. */
const paramLengthMax = 16_384;

interface Named {
  readonly Params: { readonly name: string };
}

/** Serves simulated clusters to any number of workers. They live as long as this server. */
export async function startSimulator(
  { host, port }: { readonly host: string; readonly port: number },
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): Promise<Simulator> {
  const clusters = createClusters(clock);
  const app = fastify({
    loggerInstance: log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: bodyBytesMax,
    routerOptions: { maxParamLength: paramLengthMax },
    // Watches are open for as long as attempts run: closing must not wait for them.
    forceCloseConnections: true,
  });
  addProblemHandler(app);
  addClusterRoutes(app, clusters);
  addCallRoutes(app, clusters);
  const url = await app.listen({ host, port });
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      clusters[Symbol.dispose]();
      await app.close();
    },
  };
}

function addClusterRoutes(app: FastifyInstance, clusters: Clusters): void {
  app.get('/health/ready', () => ({ ready: true }));
  app.get('/clusters', () => ({ items: clusters.list().map(toView) }));
  app.get<Named>('/clusters/:name', ({ params }) => toView(clusters.get(params.name)));
  app.put<Named>('/clusters/:name', ({ params, body }) =>
    toView(clusters.describe(params.name, body)),
  );
  app.delete<Named>('/clusters/:name', ({ params }, reply) => {
    clusters.remove(params.name);
    return reply.code(204).send();
  });
  app.get<Named>('/clusters/:name/ledger', ({ params, query }) =>
    readLedger(clusters.get(params.name).cluster, query),
  );
}

function addCallRoutes(app: FastifyInstance, clusters: Clusters): void {
  const calls = createCalls();
  app.post<Named>('/clusters/:name/watch', ({ params, body }, reply) => {
    const { cluster } = clusters.get(params.name);
    return streamEvents(cluster, vmIdOf(body), reply);
  });
  app.post<{ Params: { name: string; call: string } }>(
    '/clusters/:name/:call',
    async ({ params, body }, reply) => {
      const call = Object.hasOwn(calls, params.call) ? calls[params.call] : undefined;
      if (call === undefined) throw new AppError('resource.unknown', 'there is no such call');
      const { cluster } = clusters.get(params.name);
      const answer = await call(cluster, body);
      const vmId = subjectOf(body);
      if (vmId !== null) reply.header(eventCountHeader, cluster.eventCount(vmId));
      return answer;
    },
  );
}
