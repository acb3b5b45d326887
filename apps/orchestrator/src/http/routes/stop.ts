import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { CampaignView } from '@gauntlet/shared/contracts/campaigns';
import { ClusterView } from '@gauntlet/shared/contracts/clusters';
import Type from 'typebox';
import type { UseCases } from '../../application/use-cases.ts';
import { IdParams } from './shared-schemas.ts';

const config = { killSwitch: true };

/**
 * The kill switch: for everything, for one cluster, for one campaign. In an emergency it must not
 * fail over a stray field, a form's content type or a rate limit, so whatever body comes is thrown
 * away unread.
 */
export function killSwitchRoutes(useCases: UseCases): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.removeAllContentTypeParsers();
    app.addContentTypeParser('*', (_request, payload, done) => {
      payload.resume();
      done(null, undefined);
    });
    app.post(
      '/stop',
      {
        config,
        schema: {
          tags: ['clusters'],
          summary: 'Stop everything: no new attempt starts on any cluster',
          response: {
            200: Type.Object({ clusters: Type.Integer(), campaigns: Type.Integer() }),
          },
        },
      },
      () => useCases.stopEverything(),
    );
    app.post(
      '/clusters/:id/stop',
      {
        config,
        schema: {
          tags: ['clusters'],
          summary: 'Stop one cluster: no new attempt starts on it',
          params: IdParams,
          response: { 200: ClusterView },
        },
      },
      (request) => useCases.stopCluster(request.params.id),
    );
    app.post(
      '/campaigns/:id/stop',
      {
        config,
        schema: {
          tags: ['campaigns'],
          summary: 'End a campaign: no further attempt, VMs are put back',
          params: IdParams,
          response: { 200: CampaignView },
        },
      },
      (request) => useCases.stopCampaign(request.params.id),
    );
  };
}
