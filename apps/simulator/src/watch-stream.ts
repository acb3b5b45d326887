import type { SimulatedCluster } from '@gauntlet/simulated-cluster/cluster';
import type { ClusterEvent } from '@gauntlet/simulated-cluster/events';
import type { FastifyReply } from 'fastify';

/** Bytes a watcher may leave unread; it is let go then, and must find out by itself what it missed. */
const unreadBytesMax = 1024 * 1024;

/**
 * Answers with one line of JSON per event until the caller hangs up. The first line comes only when
 * the watch is armed, so whoever has read it misses nothing.
 */
export function streamEvents(cluster: SimulatedCluster, vmId: string, reply: FastifyReply) {
  const { raw } = reply;
  const write = (event: ClusterEvent | null) => {
    raw.write(`${JSON.stringify({ count: cluster.eventCount(vmId), event })}\n`);
    if (raw.writableLength > unreadBytesMax) raw.destroy();
  };
  // Watching may be refused: then nothing has been sent yet.
  const end = cluster.watch(vmId, write);
  reply.hijack();
  raw.on('close', end);
  raw.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
  write(null);
  return reply;
}
