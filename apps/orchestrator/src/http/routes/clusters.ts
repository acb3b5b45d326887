import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import {
  ClusterChange,
  ClusterView,
  InventoryView,
  KnownIssueView,
  NewCluster,
} from '@gauntlet/shared/contracts/clusters';
import { page } from '@gauntlet/shared/contracts/lists';
import Type from 'typebox';
import type { UseCases } from '../../application/use-cases.ts';
import { IdParams, ListQuery, NoBody, NoQuery, strict } from './shared-schemas.ts';

const tags = ['clusters'];
const one = { tags, params: IdParams, querystring: NoQuery };

export function clusterRoutes(useCases: UseCases): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.post(
      '/clusters',
      {
        schema: {
          tags,
          summary: 'Register a cluster',
          querystring: NoQuery,
          body: NewCluster,
          response: { 201: ClusterView },
        },
      },
      async (request, reply) => {
        const cluster = await useCases.createCluster(request.body);
        return reply.code(201).header('location', `/api/v1/clusters/${cluster.id}`).send(cluster);
      },
    );
    app.get(
      '/clusters',
      {
        schema: {
          tags,
          summary: 'List clusters',
          querystring: ListQuery,
          response: { 200: page(ClusterView) },
        },
      },
      (request) => useCases.listClusters(request.query),
    );
    app.get(
      '/clusters/:id',
      { schema: { ...one, summary: 'One cluster', response: { 200: ClusterView } } },
      (request) => useCases.getCluster(request.params.id),
    );
    app.patch(
      '/clusters/:id',
      {
        schema: {
          ...one,
          summary: 'Rename a cluster or change its options; 409 while an attempt is in flight',
          body: ClusterChange,
          response: { 200: ClusterView },
        },
      },
      (request) => useCases.changeCluster(request.params.id, request.body),
    );
    app.delete(
      '/clusters/:id',
      {
        schema: {
          ...one,
          summary: 'Forget a cluster; 409 while a campaign uses it',
          body: NoBody,
          response: { 204: Type.Null() },
        },
      },
      async (request, reply) => {
        await useCases.deleteCluster(request.params.id);
        return reply.code(204).send(null);
      },
    );
  };
}

/** What a worker reads from a cluster, and the way back from its kill switch. */
export function clusterStateRoutes(useCases: UseCases): FastifyPluginAsyncTypebox {
  return async (app) => {
    app.get(
      '/clusters/:id/inventory',
      {
        schema: {
          tags,
          summary: 'Hosts, VMs, disks, versions and placement; asked of a worker with refresh=true',
          params: IdParams,
          querystring: Type.Object({ refresh: Type.Boolean({ default: false }) }, strict),
          response: { 200: InventoryView },
        },
      },
      (request) => useCases.readInventory(request.params.id, { refresh: request.query.refresh }),
    );
    app.get(
      '/clusters/:id/known-issues',
      {
        schema: {
          ...one,
          summary: 'Which hosts and VMs are exposed to which published defects, and by what files',
          response: { 200: Type.Object({ items: Type.Array(KnownIssueView) }) },
        },
      },
      (request) => useCases.readKnownIssues(request.params.id),
    );
    app.post(
      '/clusters/:id/release',
      {
        schema: {
          ...one,
          summary: 'Take the stop back; campaigns stay paused until resumed',
          body: NoBody,
          response: { 200: ClusterView },
        },
      },
      (request) => useCases.releaseCluster(request.params.id),
    );
  };
}
