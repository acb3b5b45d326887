import type { WatchLine } from '@gauntlet/shared/contracts/simulator';
import type { ClusterEvent, EventListener } from '@gauntlet/simulated-cluster/events';
import type { FastifyReply } from 'fastify';

/** Bytes a watcher may leave unread; it is let go then, and must find out by itself what it missed. */
const unreadBytesMax = 1024 * 1024;

/**
 * Answers with one line of JSON per event until the caller hangs up. The first line comes only when
 * the watch is armed, so whoever has read it misses nothing.
 */
export function streamEvents(
  subscribe: (listener: EventListener) => () => void,
  reply: FastifyReply,
): FastifyReply {
  const { raw } = reply;
  const write = (line: WatchLine | ClusterEvent) => {
    raw.write(`${JSON.stringify(line)}\n`);
    if (raw.writableLength > unreadBytesMax) raw.destroy();
  };
  // Subscribing may refuse: then nothing has been sent yet.
  const end = subscribe(write);
  reply.hijack();
  raw.on('close', end);
  raw.writeHead(200, { 'content-type': 'application/x-ndjson', 'cache-control': 'no-store' });
  write({ kind: 'armed' });
  return reply;
}
