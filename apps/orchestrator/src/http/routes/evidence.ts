import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import Type from 'typebox';
import type { UseCases } from '../../application/use-cases.ts';
import { HashParams, NoQuery } from './shared-schemas.ts';

const plainContentType = /^[\w.+-]+\/[\w.+-]+(?:; ?charset=[\w-]+)?$/;

/** Evidence comes from guests that crashed: it is handed out as a file, never shown as a page. */
export function evidenceRoutes(useCases: UseCases): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/evidence/:sha256',
      {
        schema: {
          tags: ['bugchecks'],
          summary: 'Download one piece of evidence',
          params: HashParams,
          querystring: NoQuery,
          response: {
            200: {
              description: 'The file as it was collected',
              content: { 'application/octet-stream': { schema: Type.Any() } },
            },
          },
        },
      },
      async (request, reply) => {
        const { sha256 } = request.params;
        const { contentType, name, bytes } = await useCases.readEvidence(sha256);
        return reply
          .headers({
            'content-type': plainContentType.test(contentType)
              ? contentType
              : 'application/octet-stream',
            'content-disposition': toDisposition(name),
            'cache-control': 'private, max-age=31536000, immutable',
            etag: `"${sha256}"`,
          })
          .send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      },
    );
  };
}

/** RFC 6266: an ASCII name for old clients, the true one percent-encoded for all others. */
function toDisposition(name: string): string {
  const ascii = name.replaceAll(/[^\w.-]/g, '_').slice(0, 128);
  const encoded = encodeURIComponent(name.toWellFormed().slice(0, 512).toWellFormed()).replaceAll(
    /['()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
