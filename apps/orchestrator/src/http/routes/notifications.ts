import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { page } from '@gauntlet/shared/contracts/lists';
import {
  ChannelChange,
  ChannelView,
  DeliveryQuery,
  DeliveryView,
  NewChannel,
} from '@gauntlet/shared/contracts/notifications';
import Type from 'typebox';
import type { UseCases } from '../../application/use-cases.ts';
import { IdParams, ListQuery, NoBody, NoQuery } from './shared-schemas.ts';

const tags = ['notifications'];
const one = { tags, params: IdParams, querystring: NoQuery };
/** Whoever sets a channel decides where the service connects to. */
const config = { access: 'admin' } as const;

export function notificationRoutes(useCases: UseCases): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      '/notification-channels',
      {
        config,
        schema: {
          tags,
          summary: 'Tell a webhook or mailboxes what happens',
          querystring: NoQuery,
          body: NewChannel,
          response: { 201: ChannelView },
        },
      },
      async (request, reply) => {
        const channel = await useCases.createChannel(request.body);
        const location = `/api/v1/notification-channels/${channel.id}`;
        return reply.code(201).header('location', location).send(channel);
      },
    );
    app.get(
      '/notification-channels',
      {
        schema: {
          tags,
          summary: 'List notification channels',
          querystring: ListQuery,
          response: { 200: page(ChannelView) },
        },
      },
      (request) => useCases.listChannels(request.query),
    );
    app.get(
      '/notification-channels/:id',
      { schema: { ...one, summary: 'One channel', response: { 200: ChannelView } } },
      (request) => useCases.getChannel(request.params.id),
    );
    app.patch(
      '/notification-channels/:id',
      {
        config,
        schema: {
          ...one,
          summary: 'Change, pause or resume a channel',
          body: ChannelChange,
          response: { 200: ChannelView },
        },
      },
      (request) => useCases.changeChannel(request.params.id, request.body),
    );
    app.delete(
      '/notification-channels/:id',
      {
        config,
        schema: {
          ...one,
          summary: 'Forget a channel and its log',
          body: NoBody,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        await useCases.deleteChannel(request.params.id);
        return reply.code(204).send(null);
      },
    );
  };
}

export function deliveryRoutes(useCases: UseCases): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      '/notification-channels/:id/test',
      {
        schema: {
          ...one,
          summary: 'Send a test; its delivery shows what became of it',
          body: NoBody,
          response: { 202: DeliveryView },
        },
      },
      async (request, reply) => reply.code(202).send(await useCases.testChannel(request.params.id)),
    );
    app.get(
      '/notification-channels/:id/deliveries',
      {
        schema: {
          tags,
          summary: 'What was sent, newest first, and what became of it',
          params: IdParams,
          querystring: DeliveryQuery,
          response: { 200: page(DeliveryView) },
        },
      },
      (request) => useCases.listDeliveries(request.params.id, request.query),
    );
  };
}
