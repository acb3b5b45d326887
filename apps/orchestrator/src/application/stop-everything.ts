import type { Parts } from './parts.ts';
import { pauseAllOn } from './stop-cluster.ts';

/** The kill switch for all clusters: every lease goes first, then every campaign is paused. */
export async function stopEverything(
  parts: Parts,
): Promise<{ clusters: number; campaigns: number }> {
  const clusters = await parts.stores.clusters.listAll();
  await parts.permits.forbid(clusters.map((cluster) => cluster.id));
  let campaigns = 0;
  for (const cluster of clusters) campaigns += await pauseAllOn(parts, cluster.id);
  return { clusters: clusters.length, campaigns };
}
