import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import {
  BucketChange,
  BucketMerge,
  BucketSplit,
  BucketView,
  BugcheckView,
} from '@gauntlet/shared/contracts/bugchecks';
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

/** What people know better than a signature. */
export function bucketMoveRoutes(
  useCases: Pick<UseCases, 'mergeBucket' | 'splitBucket'>,
): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      '/buckets/:id/merge',
      {
        schema: {
          ...one,
          summary: 'Put all bugchecks of this bucket, now and later, into another',
          body: BucketMerge,
          response: { 200: BucketView },
        },
      },
      (request) => useCases.mergeBucket(request.params.id, request.body),
    );
    app.post(
      '/buckets/:id/split',
      {
        schema: {
          ...one,
          summary: 'Take some bugchecks out of this bucket into a new one',
          body: BucketSplit,
          response: { 201: BucketView },
        },
      },
      async (request, reply) => {
        const bucket = await useCases.splitBucket(request.params.id, request.body);
        return reply.code(201).header('location', `/api/v1/buckets/${bucket.id}`).send(bucket);
      },
    );
  };
}
