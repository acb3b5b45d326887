import { AppError } from '@gauntlet/shared/contracts/errors';
import type { Parts } from './parts.ts';

/** @throws AppError `resource.unknown`, `state.conflict` while a campaign's records use it */
export async function deleteCluster(parts: Parts, id: string): Promise<void> {
  await parts.transact(async (stores) => {
    const cluster = await stores.clusters.lock(id);
    if (cluster === undefined) throw new AppError('resource.unknown', `there is no cluster ${id}`);
    const campaigns = await stores.campaigns.countOf(id);
    if (campaigns > 0) {
      const detail = `${campaigns} campaigns were run on it and their records name it`;
      throw new AppError('state.conflict', detail);
    }
    await stores.clusters.delete(id);
  });
  parts.state.hostsUp.delete(id);
  parts.state.mustLook.delete(id);
  parts.state.revisedMs.delete(id);
  parts.state.lookedMs.delete(id);
  parts.state.watched.delete(id);
  await parts.permits.refresh();
  parts.log.info({ clusterId: id }, 'cluster deleted');
}
