import { Readable } from 'node:stream';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { ReportQuery, ReportView } from '@gauntlet/shared/contracts/reports';
import Type from 'typebox';
import type { UseCases } from '../../application/use-cases.ts';
import { IdParams } from './shared-schemas.ts';

/** Its style is inside it; nothing else may load, and nothing may run. */
const reportPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'none'";

export function reportRoutes(useCases: UseCases): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/campaigns/:id/report',
      {
        schema: {
          tags: ['campaigns'],
          summary:
            'The report: one HTML file, its facts as JSON, attempts as CSV or NDJSON, or JUnit',
          params: IdParams,
          querystring: ReportQuery,
          response: {
            200: {
              description: 'Written as it is read: its memory does not grow with the campaign',
              content: {
                'text/html': { schema: Type.String() },
                'application/json': { schema: ReportView },
                'text/csv': { schema: Type.String() },
                'application/x-ndjson': { schema: Type.String() },
                'application/xml': { schema: Type.String() },
              },
            },
          },
        },
      },
      async (request, reply) => {
        const report = await useCases.readReport(request.params.id, request.query);
        const { format = 'html' } = request.query;
        const shown = format === 'html' || format === 'json';
        reply.headers({
          'content-type': report.contentType,
          'content-disposition': `${shown ? 'inline' : 'attachment'}; filename="${report.fileName}"`,
          'cache-control': 'private, no-store',
        });
        if (format === 'html') reply.header('content-security-policy', reportPolicy);
        const first = await beginning(report.chunks);
        // A stream goes past the response schema, which is there for the OpenAPI document.
        const body: unknown = Readable.from(first, { highWaterMark: 2 });
        return reply.send(body as string);
      },
    );
  };
}

/** Waits for the first piece, so that what fails at once is a problem and not half a file. */
async function beginning(chunks: AsyncIterable<string>): Promise<AsyncIterable<string>> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first = await iterator.next();
  return (async function* rest() {
    try {
      for (let step = first; step.done !== true; step = await iterator.next()) yield step.value;
    } finally {
      await iterator.return?.();
    }
  })();
}
