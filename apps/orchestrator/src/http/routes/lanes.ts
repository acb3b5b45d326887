import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { AttemptFilter } from '@gauntlet/shared/contracts/attempts';
import { LanesView } from '@gauntlet/shared/contracts/lanes';
import Type from 'typebox';
import { attemptsCsv } from '../../application/attempts-csv.ts';
import type { UseCases } from '../../application/use-cases.ts';
import { IdParams, NoQuery } from './shared-schemas.ts';

/** What people look at and take away: the lanes of a cluster, the attempts as a file. */
export function laneRoutes(useCases: UseCases): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/clusters/:id/lanes',
      {
        schema: {
          tags: ['clusters'],
          summary: 'Hosts as lanes: migrations in flight by phase, and those of the last minutes',
          params: IdParams,
          querystring: NoQuery,
          response: { 200: LanesView },
        },
      },
      (request) => useCases.readLanes(request.params.id),
    );
    app.get(
      '/campaigns/:id/attempts.csv',
      {
        schema: {
          tags: ['attempts'],
          summary: 'Every attempt that matches, as CSV, safe to open in a spreadsheet',
          params: IdParams,
          querystring: AttemptFilter,
          response: {
            200: {
              description: 'RFC 4180, UTF-8, one line an attempt, oldest first',
              content: { 'text/csv': { schema: Type.String() } },
            },
          },
        },
      },
      async (request, reply) => {
        const { id } = request.params;
        // Before anything is sent: an unknown campaign is a 404, not an empty file.
        await useCases.getCampaign(id);
        reply.header('content-type', 'text/csv; charset=utf-8; header=present');
        reply.header('content-disposition', `attachment; filename="attempts-${id}.csv"`);
        // A stream goes past the response schema, which is there for the OpenAPI document.
        const body: unknown = Readable.from(attemptsCsv(useCases, id, request.query));
        return reply.send(body as string);
      },
    );
  };
}
