import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { ReadyView, SystemView } from '@gauntlet/shared/contracts/system';
import Type from 'typebox';
import type { ServerDeps } from '../deps.ts';
import { NoQuery } from './shared-schemas.ts';

const tags = ['operations'];

export function systemRoutes({
  useCases,
}: Pick<ServerDeps, 'useCases'>): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/system',
      {
        schema: {
          tags,
          summary: 'Version, backends, workers, queue depth',
          querystring: NoQuery,
          response: { 200: SystemView },
        },
      },
      () => useCases.readSystem(),
    );
  };
}

/** Health is for load balancers and people in trouble: it needs no key and tells no names. */
export function healthRoutes({
  useCases,
}: Pick<ServerDeps, 'useCases'>): FastifyPluginAsyncTypebox {
  return async (app) => {
    const config = { access: 'public' } as const;
    app.get(
      '/health/live',
      {
        config,
        schema: {
          tags,
          summary: 'The process answers',
          response: { 200: Type.Object({ live: Type.Literal(true) }) },
        },
      },
      async () => ({ live: true as const }),
    );
    app.get(
      '/health/ready',
      {
        config,
        schema: {
          tags,
          summary: 'Whether it can do its work, and if not, why',
          response: { 200: ReadyView, 503: ReadyView },
        },
      },
      async (request, reply) => {
        const ready = await readReadiness(useCases).catch((err: unknown) => {
          request.log.warn({ err }, 'readiness could not be read');
          return { ready: false, notReady: ['its own state cannot be read; see the log'] };
        });
        reply.header('cache-control', 'no-store');
        return ready.ready ? reply.code(200).send(ready) : reply.code(503).send(ready);
      },
    );
  };
}

// Async, so that a use case which throws at once is a rejection like any other.
async function readReadiness(useCases: ServerDeps['useCases']): Promise<ReadyView> {
  return await useCases.readReadiness();
}

export function metricsRoutes({ metrics }: Pick<ServerDeps, 'metrics'>): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/metrics',
      {
        schema: {
          tags,
          summary: 'Prometheus metrics',
          response: {
            200: {
              description: 'Prometheus text format',
              content: { 'text/plain': { schema: Type.String() } },
            },
          },
        },
      },
      async (_request, reply) =>
        reply
          .headers({ 'content-type': metrics.contentType, 'cache-control': 'no-store' })
          .serializer(String)
          .send(await metrics.text()),
    );
  };
}
