import { createServer, request } from 'node:http';

export interface Flood extends AsyncDisposable {
  readonly url: string;
}

/**
 * Stands before the service and answers its event streams with `perSecond` settled attempts a
 * second and a snapshot after each ten; all else goes through. The service itself never sends more
 * than four snapshots a second, so this is what a page must bear, not what it meets.
 */
export async function startFlood(
  serviceUrl: string,
  perSecond: number,
  progress: (sent: number) => object,
): Promise<Flood> {
  const server = createServer((incoming, answer) => {
    if ((incoming.url ?? '').endsWith('/events')) {
      answer.writeHead(200, { 'content-type': 'text/event-stream' });
      let sent = 0;
      const timer = setInterval(() => {
        for (let i = 0; i < perSecond / 20; i += 1) {
          sent += 1;
          answer.write(settled(sent));
        }
        answer.write(`event: progress\ndata: ${JSON.stringify(progress(sent))}\n\n`);
      }, 50);
      incoming.on('close', () => clearInterval(timer));
      return;
    }
    const { method, headers, url } = incoming;
    const onward = request(
      new URL(url ?? '/', serviceUrl),
      { method: method ?? 'GET', headers },
      (reply) => {
        answer.writeHead(reply.statusCode ?? 502, reply.headers);
        reply.pipe(answer);
      },
    );
    onward.on('error', () => answer.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function settled(n: number): string {
  const data = {
    attemptId: `019a0000-0000-7000-8000-${String(n).padStart(12, '0')}`,
    ordinal: n,
    vm: 'sql-4',
    outcome: 'clean',
    seq: n,
    at: '2026-11-24T02:00:00.000Z',
  };
  return `id: ${n}\nevent: attempt-settled\ndata: ${JSON.stringify(data)}\n\n`;
}
