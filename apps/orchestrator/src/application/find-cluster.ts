import { AppError } from '@gauntlet/shared/contracts/errors';
import type { Parts } from './parts.ts';
import type { ClusterRecord } from './records.ts';

/** @throws AppError `resource.unknown` */
export async function findCluster(
  { stores }: Pick<Parts, 'stores'>,
  id: string,
): Promise<ClusterRecord> {
  const cluster = await stores.clusters.find(id);
  if (cluster === undefined) throw new AppError('resource.unknown', `there is no cluster ${id}`);
  return cluster;
}
