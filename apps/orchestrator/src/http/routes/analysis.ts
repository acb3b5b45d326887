import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import {
  CompareAnswer,
  CompareQuestion,
  PlanAnswer,
  PlanQuestion,
  RateAnswer,
  RateQuestion,
} from '@gauntlet/shared/contracts/analysis';
import { methods } from '@gauntlet/statistics/methods';
import Type from 'typebox';
import { calculateCompare } from '../../application/analysis/calculate-compare.ts';
import { calculatePlan } from '../../application/analysis/calculate-plan.ts';
import { calculateRate } from '../../application/analysis/calculate-rate.ts';
import { refusing } from '../../application/analysis/input-faults.ts';
import { NoQuery } from './shared-schemas.ts';

const schema = { tags: ['analysis'], querystring: NoQuery };
/** Calculators change nothing: whoever may read may ask. */
const config = { access: 'viewer' } as const;

/** Calculators for numbers from anywhere: an old blog, a spreadsheet. */
export function analysisRoutes(): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      '/analysis/rate',
      {
        config,
        schema: {
          ...schema,
          summary: 'How often does it bugcheck?',
          body: RateQuestion,
          response: { 200: RateAnswer },
        },
      },
      async (request) => calculateRate(request.body),
    );
    app.post(
      '/analysis/compare',
      {
        config,
        schema: {
          ...schema,
          summary: 'Is it rarer than before?',
          body: CompareQuestion,
          response: { 200: CompareAnswer },
        },
      },
      async (request) => calculateCompare(request.body),
    );
    app.post(
      '/analysis/plan',
      {
        config,
        schema: {
          ...schema,
          summary: 'How many migrations, hours and nights will it take?',
          body: PlanQuestion,
          response: { 200: PlanAnswer },
        },
      },
      async (request) => calculatePlan(request.body),
    );
  };
}

/** Every method of the statistics under its own name, `-` for `_`; infinities are strings. */
export function methodRoutes(): FastifyPluginAsyncTypebox {
  return async (app) => {
    for (const [name, { inputs, answer }] of methods) {
      app.post(
        `/analysis/${name.replaceAll('_', '-')}`,
        {
          config,
          schema: {
            ...schema,
            summary: `The method ${name}`,
            body: inputs,
            response: { 200: Type.Object({}) },
          },
        },
        async (request) => refusing(() => answer(request.body) as object),
      );
    }
  };
}
