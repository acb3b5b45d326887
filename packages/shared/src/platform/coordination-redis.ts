import { Redis } from 'ioredis';
import Type from 'typebox';
import { ClusterDefinition } from '../contracts/cluster-definition.ts';
import type { Coordination } from '../contracts/coordination.ts';
import { parse } from '../contracts/parse.ts';
import type { Logger } from './logger.ts';

const Directory = Type.Array(ClusterDefinition);

/** A lease that cannot be read in this time is not held. */
const commandMsMax = 1_000;

export interface RedisCoordinationOptions {
  readonly url: string;
  readonly prefix: string;
  readonly log: Logger;
}

/** One key with the directory, one key with a time to live for each lease. */
export function createRedisCoordination({
  url,
  prefix,
  log,
}: RedisCoordinationOptions): Coordination {
  const redis = new Redis(url, {
    commandTimeout: commandMsMax,
    maxRetriesPerRequest: 1,
    retryStrategy: (times) => Math.min(50 * times, 1_000),
  });
  redis.on('error', (err) => log.debug({ err }, 'redis connection failed'));
  const directoryKey = `${prefix}:directory`;
  const leaseKey = (clusterId: string) => `${prefix}:lease:${clusterId}`;
  return {
    async publishClusters(clusters) {
      await redis.set(directoryKey, JSON.stringify(clusters));
    },
    async readClusters() {
      const text = await redis.get(directoryKey);
      return text === null ? [] : parse(Directory, JSON.parse(text), 'cluster directory');
    },
    async renewLeases(clusterIds, ttlMs) {
      if (clusterIds.length === 0) return;
      const pipeline = redis.pipeline();
      for (const id of clusterIds) pipeline.set(leaseKey(id), '1', 'PX', Math.ceil(ttlMs));
      throwFirst(await pipeline.exec());
    },
    async revokeLeases(clusterIds) {
      if (clusterIds.length > 0) await redis.del(...clusterIds.map(leaseKey));
    },
    async holdsLease(clusterId) {
      return (await redis.exists(leaseKey(clusterId))) === 1;
    },
    async [Symbol.asyncDispose]() {
      redis.disconnect();
    },
  };
}

function throwFirst(results: readonly [Error | null, unknown][] | null): void {
  for (const [error] of results ?? []) if (error !== null) throw error;
}
