import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { AttemptDetailView, AttemptQuery, AttemptView } from '@gauntlet/shared/contracts/attempts';
import { page } from '@gauntlet/shared/contracts/lists';
import type { UseCases } from '../../application/use-cases.ts';
import { IdParams, NoQuery } from './shared-schemas.ts';

const tags = ['attempts'];

export function attemptRoutes(useCases: UseCases): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/campaigns/:id/attempts',
      {
        schema: {
          tags,
          summary: 'The attempts of a campaign',
          params: IdParams,
          querystring: AttemptQuery,
          response: { 200: page(AttemptView) },
        },
      },
      (request) => useCases.listAttempts(request.params.id, request.query),
    );
    app.get(
      '/attempts/:id',
      {
        schema: {
          tags,
          summary: 'One attempt with its timeline and evidence',
          params: IdParams,
          querystring: NoQuery,
          response: { 200: AttemptDetailView },
        },
      },
      (request) => useCases.getAttempt(request.params.id),
    );
  };
}
