import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { page } from '@gauntlet/shared/contracts/lists';
import {
  NewSchedule,
  NextFirings,
  ScheduleChange,
  ScheduleView,
} from '@gauntlet/shared/contracts/schedules';
import Type from 'typebox';
import type { UseCases } from '../../application/use-cases.ts';
import { IdParams, ListQuery, NoQuery, strict } from './shared-schemas.ts';

const tags = ['schedules'];
const one = { tags, params: IdParams, querystring: NoQuery };
const NextQuery = Type.Object(
  { count: Type.Integer({ minimum: 1, maximum: 500, default: 10 }) },
  strict,
);

export function scheduleRoutes(useCases: UseCases): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      '/schedules',
      {
        schema: {
          tags,
          summary: 'Start campaigns by the calendar',
          querystring: NoQuery,
          body: NewSchedule,
          response: { 201: ScheduleView },
        },
      },
      async (request, reply) => {
        const schedule = await useCases.createSchedule(request.body);
        return reply
          .code(201)
          .header('location', `/api/v1/schedules/${schedule.id}`)
          .send(schedule);
      },
    );
    app.get(
      '/schedules',
      {
        schema: {
          tags,
          summary: 'List schedules',
          querystring: ListQuery,
          response: { 200: page(ScheduleView) },
        },
      },
      (request) => useCases.listSchedules(request.query),
    );
  };
}

export function oneScheduleRoutes(useCases: UseCases): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/schedules/:id',
      { schema: { ...one, summary: 'One schedule', response: { 200: ScheduleView } } },
      (request) => useCases.getSchedule(request.params.id),
    );
    app.patch(
      '/schedules/:id',
      {
        schema: {
          ...one,
          summary: 'Change, pause or resume a schedule',
          body: ScheduleChange,
          response: { 200: ScheduleView },
        },
      },
      (request) => useCases.changeSchedule(request.params.id, request.body),
    );
    app.delete(
      '/schedules/:id',
      { schema: { ...one, summary: 'Delete a schedule; its campaigns stay' } },
      async (request, reply) => {
        await useCases.deleteSchedule(request.params.id);
        return reply.code(204).send();
      },
    );
    app.get(
      '/schedules/:id/next',
      {
        schema: {
          tags,
          summary: 'When it fires next',
          params: IdParams,
          querystring: NextQuery,
          response: { 200: NextFirings },
        },
      },
      (request) => useCases.previewSchedule(request.params.id, request.query.count),
    );
  };
}
