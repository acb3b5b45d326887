import { AppError } from '@gauntlet/shared/contracts/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isRead } from './access.ts';
import type { MethodTable } from './method-table.ts';
import { sendDashboard } from './routes/dashboard.ts';

const ownPaths = /^\/(?:api|docs|health|metrics|problems|assets)(?:\/|$)/;

/** 405 where the path exists with another method, the dashboard for its own pages, else 404. */
export function addNotFound(
  app: FastifyInstance,
  { methods, hasDashboard }: { methods: MethodTable; hasDashboard: boolean },
): void {
  app.setNotFoundHandler(async (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '/';
    const allowed = methods.methodsOf(path);
    if (allowed.length > 0) throw methodNotAllowed(request, reply, allowed);
    if (hasDashboard && !ownPaths.test(path) && isPageRequest(request)) return sendDashboard(reply);
    throw new AppError('resource.unknown', 'Nothing is served at this path; the API is at /docs.');
  });
}

function methodNotAllowed(
  request: FastifyRequest,
  reply: FastifyReply,
  allowed: readonly string[],
): AppError {
  reply.header('allow', allowed.join(', '));
  return new AppError(
    'request.method',
    `${request.method} is not possible here; use ${allowed.join(', ')}.`,
  );
}

function isPageRequest(request: FastifyRequest): boolean {
  return isRead(request) && (request.headers.accept ?? '').includes('text/html');
}
