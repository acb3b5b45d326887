import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { CampaignPlanView, CampaignView, NewCampaign } from '@gauntlet/shared/contracts/campaigns';
import { PageQuery, page } from '@gauntlet/shared/contracts/lists';
import { literals } from '@gauntlet/shared/contracts/primitives';
import { campaignStates } from '@gauntlet/shared/domain/campaign';
import Type from 'typebox';
import type { UseCases } from '../../application/use-cases.ts';
import { IdParams, NoBody, NoQuery, strict } from './shared-schemas.ts';

const tags = ['campaigns'];
const one = {
  tags,
  params: IdParams,
  querystring: NoQuery,
  response: { 200: CampaignView },
};

export function campaignRoutes(useCases: UseCases): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      '/campaigns',
      {
        schema: {
          tags,
          summary: 'Start a campaign, or with dryRun=true only plan it',
          querystring: Type.Object({ dryRun: Type.Boolean({ default: false }) }, strict),
          body: NewCampaign,
          response: { 200: CampaignPlanView, 201: CampaignView },
        },
      },
      async (request, reply) => {
        if (request.query.dryRun) {
          return reply.code(200).send(await useCases.planCampaign(request.body));
        }
        const campaign = await useCases.startCampaign(request.body);
        return reply
          .code(201)
          .header('location', `/api/v1/campaigns/${campaign.id}`)
          .send(campaign);
      },
    );
    app.get(
      '/campaigns',
      {
        schema: {
          tags,
          summary: 'List campaigns',
          querystring: Type.Object(
            { ...PageQuery, state: Type.Optional(literals(campaignStates)) },
            strict,
          ),
          response: { 200: page(CampaignView) },
        },
      },
      ({ query: { state, limit, cursor } }) => useCases.listCampaigns({ state }, { limit, cursor }),
    );
    app.get('/campaigns/:id', { schema: { ...one, summary: 'One campaign' } }, (request) =>
      useCases.getCampaign(request.params.id),
    );
  };
}

/** What a person does to a campaign that runs; stopping it is in stop.ts. */
export function campaignActionRoutes(useCases: UseCases): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      '/campaigns/:id/pause',
      { schema: { ...one, body: NoBody, summary: 'Start no further attempt for now' } },
      (request) => useCases.pauseCampaign(request.params.id),
    );
    app.post(
      '/campaigns/:id/resume',
      { schema: { ...one, body: NoBody, summary: 'Go on' } },
      (request) => useCases.resumeCampaign(request.params.id),
    );
  };
}
