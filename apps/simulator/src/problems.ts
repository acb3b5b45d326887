import { AppError, errorCatalog } from '@gauntlet/shared/contracts/errors';
import { ParseError } from '@gauntlet/shared/contracts/parse';
import type { Problem } from '@gauntlet/shared/contracts/problem';
import { clusterErrorCodes } from '@gauntlet/shared/contracts/simulator';
import { ClusterError } from '@gauntlet/simulated-cluster/world';
import type { FastifyInstance } from 'fastify';

/** The one place where an error becomes an answer (RFC 9457). */
export function addProblemHandler(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    const found = toAppError(error);
    if (found.status === 500) request.log.error({ err: error }, 'request failed');
    const { status, title } = errorCatalog[found.code];
    const errors = found.details['errors'];
    const problem: Problem = {
      type: `/problems/${found.code}`,
      title,
      status,
      detail: found.message.slice(0, 4096).toWellFormed(),
      instance: request.url.slice(0, 2048).toWellFormed(),
      code: found.code,
      requestId: request.id,
      ...(Array.isArray(errors) ? { errors } : {}),
    };
    return reply
      .code(status)
      .header('content-type', 'application/problem+json; charset=utf-8')
      .serializer(JSON.stringify)
      .send(problem);
  });
  app.setNotFoundHandler(() => {
    throw new AppError('resource.unknown', 'there is nothing here');
  });
}

function toAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  if (error instanceof ClusterError) {
    return new AppError(clusterErrorCodes[error.code], error.message, { cause: error });
  }
  if (error instanceof ParseError) {
    const details = { errors: error.faults };
    return new AppError('request.malformed', error.message, { details, cause: error });
  }
  const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
  if (status === 413) return new AppError('request.too-large', 'the body is too large');
  if (status >= 400 && status < 500) {
    return new AppError('request.malformed', 'the request is not JSON we can read');
  }
  return new AppError('internal.fault', 'our bug: the log has the cause', { cause: error });
}
