import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import {
  CampaignEtaView,
  ComparisonView,
  FactorsView,
  NewComparison,
  NewSerialPlan,
  SerialPlanView,
  SeriesView,
  VerdictsView,
} from '@gauntlet/shared/contracts/analysis';
import { Uuid } from '@gauntlet/shared/contracts/primitives';
import Type from 'typebox';
import type { AnalysisUseCases } from '../../application/analysis/use-cases.ts';
import { IdParams, NoQuery, strict } from './shared-schemas.ts';

const tags = ['analysis'];
const one = { tags, params: IdParams };
const OneBucket = Type.Object({ bucketId: Type.Optional(Uuid) }, strict);
const NightQuery = Type.Object(
  { hoursPerNight: Type.Optional(Type.Number({ exclusiveMinimum: 0, maximum: 24 })) },
  strict,
);

/** What a campaign shows by now. */
export function campaignAnalysisRoutes(useCases: AnalysisUseCases): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/campaigns/:id/verdicts',
      {
        schema: {
          ...one,
          querystring: NoQuery,
          summary: 'What is concluded of each signature, with its interval',
          response: { 200: VerdictsView },
        },
      },
      (request) => useCases.readVerdicts(request.params.id),
    );
    app.get(
      '/campaigns/:id/series',
      {
        schema: {
          ...one,
          querystring: OneBucket,
          summary: 'Rate with its anytime band, and evidence, over the exposures',
          response: { 200: SeriesView },
        },
      },
      (request) => useCases.readSeries(request.params.id, request.query),
    );
    app.get(
      '/campaigns/:id/factors',
      {
        schema: {
          ...one,
          querystring: OneBucket,
          summary: 'Which factor raises the rate',
          response: { 200: FactorsView },
        },
      },
      (request) => useCases.readFactors(request.params.id, request.query),
    );
    app.get(
      '/campaigns/:id/plan',
      {
        schema: {
          ...one,
          querystring: NightQuery,
          summary: 'What is left to the next bugcheck and to the verdict',
          response: { 200: CampaignEtaView },
        },
      },
      (request) => useCases.readEta(request.params.id, request.query),
    );
  };
}

/** Questions about two arms, and plans that are fixed before the second one starts. */
export function comparisonRoutes(useCases: AnalysisUseCases): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      '/comparisons',
      {
        schema: {
          tags,
          querystring: NoQuery,
          summary: 'Compare two arms',
          body: NewComparison,
          response: { 201: ComparisonView },
        },
      },
      async (request, reply) => {
        const comparison = await useCases.createComparison(request.body);
        const location = `/api/v1/comparisons/${comparison.id}`;
        return reply.code(201).header('location', location).send(comparison);
      },
    );
    app.get(
      '/comparisons/:id',
      {
        schema: {
          ...one,
          querystring: NoQuery,
          summary: 'One comparison, as of now',
          response: { 200: ComparisonView },
        },
      },
      (request) => useCases.getComparison(request.params.id),
    );
    app.post(
      '/serial-plans',
      {
        schema: {
          tags,
          querystring: NoQuery,
          summary: 'Fix the candidate’s migrations before it starts',
          body: NewSerialPlan,
          response: { 201: SerialPlanView },
        },
      },
      async (request, reply) => {
        const plan = await useCases.registerSerialPlan(request.body);
        const location = `/api/v1/serial-plans/${plan.id}`;
        return reply.code(201).header('location', location).send(plan);
      },
    );
    app.get(
      '/serial-plans/:id',
      {
        schema: {
          ...one,
          querystring: NoQuery,
          summary: 'One serial plan and where it stands',
          response: { 200: SerialPlanView },
        },
      },
      (request) => useCases.getSerialPlan(request.params.id),
    );
  };
}
