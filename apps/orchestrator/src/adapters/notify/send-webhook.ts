import { createHmac } from 'node:crypto';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { Sender, SendResult } from '../../application/notify/ports.ts';
import { type AddressGuard, RefusedAddress } from './address-guard.ts';

export interface WebhookOptions {
  readonly guard: AddressGuard;
  readonly secretOf: (reference: string) => string | undefined;
  readonly clock: Clock;
  readonly version: string;
  /** ms for a whole try: resolving, connecting, sending and the answer. */
  readonly tryMsMax: number;
}

/** Nobody reads the answer; this much is let through before the connection is cut. */
const answerBytesMax = 64 * 1024;

/** Signs the body and posts it. Follows no redirect, trusts no name, waits no longer than told. */
export function createWebhookSender(options: WebhookOptions): Sender {
  return async (channel, { id, notice }) => {
    const secret = channel.secretRef === null ? undefined : options.secretOf(channel.secretRef);
    if (channel.url === null || secret === undefined)
      return failed(`the secret ${channel.secretRef ?? ''} is not in the environment`, true);
    const url = new URL(channel.url);
    const refused = options.guard.refuseHost(url.hostname);
    if (refused !== null) return failed(refused, true);
    const body = Buffer.from(JSON.stringify(notice));
    const timestamp = String(Math.floor(options.clock.now() / 1000));
    const headers = {
      'content-type': 'application/json',
      'content-length': String(body.byteLength),
      'user-agent': `Gauntlet/${options.version}`,
      'x-gauntlet-event': notice.kind,
      'x-gauntlet-event-id': notice.eventId,
      'x-gauntlet-delivery': id,
      'x-gauntlet-timestamp': timestamp,
      'x-gauntlet-signature': `v1=${sign(secret, timestamp, body)}`,
    };
    return post(url, { headers, body }, options);
  };
}

/** HMAC-SHA256 over `timestamp.body`, in hex: the receiver computes it anew and compares. */
export function sign(secret: string, timestamp: string, body: Uint8Array): string {
  return createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex');
}

function post(
  url: URL,
  { headers, body }: { headers: Record<string, string>; body: Uint8Array },
  { guard, tryMsMax }: WebhookOptions,
): Promise<SendResult> {
  const { promise, resolve } = Promise.withResolvers<SendResult>();
  const send = url.protocol === 'https:' ? requestHttps : requestHttp;
  const request = send(url, {
    method: 'POST',
    headers,
    agent: false,
    lookup: guard.lookup,
    signal: AbortSignal.timeout(tryMsMax),
  });
  request.on('socket', (socket) => {
    socket.once('connect', () => {
      // What was resolved is one thing, what was connected to is another.
      const address = socket.remoteAddress ?? '';
      if (!guard.isAllowed(url.hostname, address))
        request.destroy(new RefusedAddress(`${address} is no public address`));
    });
  });
  request.on('error', (error) =>
    resolve(failed(describe(error, tryMsMax), error instanceof RefusedAddress)),
  );
  request.on('response', (response) => {
    const status = response.statusCode ?? 0;
    let bytes = 0;
    response.on('data', (chunk: Buffer) => {
      bytes += chunk.byteLength;
      if (bytes > answerBytesMax) request.destroy();
    });
    response.on('error', () => {});
    // The status is the answer; the rest is only let go by.
    resolve(judge(status));
    response.on('end', () => request.destroy());
  });
  request.end(body);
  return promise;
}

function judge(status: number): SendResult {
  if (status >= 200 && status < 300)
    return { ok: true, permanent: false, statusCode: status, error: null };
  const redirect = status >= 300 && status < 400;
  const refused =
    status >= 400 && status < 500 && status !== 408 && status !== 425 && status !== 429;
  const error = redirect ? `answered ${status}: redirects are not followed` : `answered ${status}`;
  return { ok: false, permanent: redirect || refused, statusCode: status, error };
}

export function failed(error: string, permanent: boolean): SendResult {
  return { ok: false, permanent, statusCode: null, error };
}

function describe(error: Error, tryMsMax: number): string {
  const timedOut = error.name === 'TimeoutError' || error.name === 'AbortError';
  return (timedOut ? `no answer within ${tryMsMax} ms` : error.message).slice(0, 500);
}
