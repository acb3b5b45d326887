import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { BucketChange, BucketView, BugcheckView } from '@gauntlet/shared/contracts/bugchecks';
import { PageQuery, page } from '@gauntlet/shared/contracts/lists';
import { Uuid } from '@gauntlet/shared/contracts/primitives';
import Type from 'typebox';
import type { UseCases } from '../../application/use-cases.ts';
import { IdParams, ListQuery, NoQuery, strict } from './shared-schemas.ts';

const tags = ['bugchecks'];
const one = { tags, params: IdParams, querystring: NoQuery };

const BugcheckQuery = Type.Object(
  { ...PageQuery, campaignId: Type.Optional(Uuid), bucketId: Type.Optional(Uuid) },
  strict,
);

export function bugcheckRoutes(useCases: UseCases): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/bugchecks',
      {
        schema: {
          tags,
          summary: 'List bugchecks, newest first',
          querystring: BugcheckQuery,
          response: { 200: page(BugcheckView) },
        },
      },
      ({ query: { campaignId, bucketId, limit, cursor } }) =>
        useCases.listBugchecks({ campaignId, bucketId }, { limit, cursor }),
    );
    app.get(
      '/bugchecks/:id',
      { schema: { ...one, summary: 'One bugcheck', response: { 200: BugcheckView } } },
      (request) => useCases.getBugcheck(request.params.id),
    );
    app.get(
      '/buckets',
      {
        schema: {
          tags,
          summary: 'List buckets: bugchecks with one signature',
          querystring: ListQuery,
          response: { 200: page(BucketView) },
        },
      },
      (request) => useCases.listBuckets(request.query),
    );
    app.get(
      '/buckets/:id',
      { schema: { ...one, summary: 'One bucket', response: { 200: BucketView } } },
      (request) => useCases.getBucket(request.params.id),
    );
    app.patch(
      '/buckets/:id',
      {
        schema: {
          ...one,
          summary: 'Triage a bucket',
          body: BucketChange,
          response: { 200: BucketView },
        },
      },
      (request) => useCases.changeBucket(request.params.id, request.body),
    );
  };
}
