import { type ErrorCode, errorCatalog } from '@gauntlet/shared/contracts/errors';
import type { FastifyPluginAsync, FastifyReply } from 'fastify';
import { escapeHtml, page } from '../page.ts';
import { pagePolicy } from '../security-headers.ts';

/** What to do about it; a code without a line here is explained by its title alone. */
const advice: Partial<Record<ErrorCode, string>> = {
  'request.malformed':
    'The request does not fit the contract. "errors" names every fault by a JSON pointer; the ' +
    'contract is at /docs.',
  'auth.missing': 'Send "Authorization: Bearer <key>" with a key that this service knows.',
  'auth.forbidden':
    'The key is known but its role does not allow this; or the service has no keys and the ' +
    'request did not come from this machine.',
  'resource.unknown': 'Nothing has this id or path. It may have been deleted.',
  'request.method': 'The path exists; the Allow header lists the methods it takes.',
  'state.conflict': 'Possible at another time. "detail" says what stands in the way.',
  'idempotency.conflict':
    'A key stands for one request. Send a new Idempotency-Key with a new request.',
  'request.too-large': 'Bodies are at most 1 MiB unless a route says otherwise.',
  'request.media-type': 'Bodies are JSON: send "Content-Type: application/json".',
  'request.impossible':
    'The request is well-formed but cannot be done on this cluster. "detail" says why.',
  'request.too-many': 'Wait as long as Retry-After says.',
  'internal.fault': 'A bug of ours. Please report it with the requestId and the log around it.',
  'service.unavailable': 'The database or the queue is away. Try again after Retry-After.',
  'cluster.silent':
    'No worker answered for this cluster. See /api/v1/system for the workers and their heartbeats.',
};

/** `type` of a problem is a page here, so that the link in an error explains the error. */
export function problemRoutes(): FastifyPluginAsync {
  return async (app) => {
    const options = { config: { access: 'public' }, schema: { hide: true } } as const;
    app.get('/problems', options, (_request, reply) =>
      sendPage(reply, page('Problems', `<ul>${codes().map(toItem).join('')}</ul>`)),
    );
    for (const code of codes()) {
      app.get(`/problems/${code}`, options, (_request, reply) =>
        sendPage(reply, problemPage(code)),
      );
    }
  };
}

function codes(): ErrorCode[] {
  return Object.keys(errorCatalog) as ErrorCode[];
}

function toItem(code: ErrorCode): string {
  return `<li><a href="/problems/${code}">${code}</a>: ${escapeHtml(errorCatalog[code].title)}</li>`;
}

function problemPage(code: ErrorCode): string {
  const { status, title, retryable } = errorCatalog[code];
  const facts = `<p><code>${code}</code>, HTTP ${status}. ${
    retryable ? 'The same request may succeed later.' : 'The same request will fail again.'
  }</p>`;
  const text = advice[code] === undefined ? '' : `<p>${escapeHtml(advice[code])}</p>`;
  return page(title, `${facts}${text}<p><a href="/problems">All problems</a></p>`);
}

export function sendPage(reply: FastifyReply, html: string): FastifyReply {
  return reply
    .headers({ 'content-type': 'text/html; charset=utf-8', 'content-security-policy': pagePolicy })
    .serializer(String)
    .send(html);
}
