import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import {
  RetentionChange,
  RetentionPreview,
  RetentionRun,
  RetentionView,
} from '@gauntlet/shared/contracts/retention';
import type { UseCases } from '../../application/use-cases.ts';
import { NoBody, NoQuery } from './shared-schemas.ts';

const tags = ['retention'];
/** What goes does not come back. */
const config = { access: 'admin' } as const;

export function retentionRoutes(useCases: UseCases): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/retention',
      {
        schema: {
          tags,
          summary: 'How long attempts and evidence are kept',
          querystring: NoQuery,
          response: { 200: RetentionView },
        },
      },
      () => useCases.readRetention(),
    );
    app.patch(
      '/retention',
      {
        config,
        schema: {
          tags,
          summary: 'Change it; null keeps for ever',
          querystring: NoQuery,
          body: RetentionChange,
          response: { 200: RetentionView },
        },
      },
      (request) => useCases.changeRetention(request.body),
    );
    app.get(
      '/retention/preview',
      {
        schema: {
          tags,
          summary: 'What a run would do now; nothing is touched',
          querystring: NoQuery,
          response: { 200: RetentionPreview },
        },
      },
      () => useCases.previewRetention(),
    );
    app.post(
      '/retention/run',
      {
        config,
        schema: {
          tags,
          summary: 'Run now what runs every hour',
          querystring: NoQuery,
          body: NoBody,
          response: { 200: RetentionRun },
        },
      },
      () => useCases.runRetention(),
    );
  };
}
