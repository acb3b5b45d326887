import { AppError, type ErrorCode, errorCatalog } from '@gauntlet/shared/contracts/errors';
import type { Problem } from '@gauntlet/shared/contracts/problem';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { MalformedRequest, type RequestFault } from './malformed-request.ts';
import { isOutage } from './outage.ts';
import { faultsOfRequest } from './validation.ts';

export const problemContentType = 'application/problem+json; charset=utf-8';

/** What an error tells the client; everything else about it stays in the log. */
interface Finding {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly errors?: readonly RequestFault[];
}

const instanceLengthMax = 2048;
const detailLengthMax = 4096;

/** The one place where an error becomes an answer (RFC 9457). */
export function addProblemHandler(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
}

export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply) {
  const finding = toFinding(error, request);
  const { status, title, retryable } = errorCatalog[finding.code];
  logFailure(error, finding, request);
  if (retryable && !reply.hasHeader('retry-after')) reply.header('retry-after', '1');
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="gauntlet"');
  const problem: Problem = {
    type: `/problems/${finding.code}`,
    title,
    status,
    detail: finding.detail.slice(0, detailLengthMax).toWellFormed(),
    instance: pathOf(request.url),
    code: finding.code,
    requestId: request.id,
    ...(finding.errors === undefined ? {} : { errors: [...finding.errors] }),
  };
  return reply
    .code(status)
    .headers({ 'content-type': problemContentType, 'cache-control': 'no-store' })
    .serializer(JSON.stringify)
    .send(problem);
}

/** Our bugs and outages with all that is known of them; a use case's own refusal in one line. */
function logFailure(error: unknown, { code, detail }: Finding, { log }: FastifyRequest): void {
  const { status } = errorCatalog[code];
  if (status === 500) log.error({ err: error }, 'request failed');
  else if (status === 503 && error instanceof AppError)
    log.info({ code, detail }, 'not possible now');
  else if (status === 503) log.warn({ err: error }, 'database or queue away: request not served');
}

function pathOf(url: string): string {
  return (url.split('?', 1)[0] ?? url).slice(0, instanceLengthMax).toWellFormed();
}

function toFinding(error: unknown, request: FastifyRequest): Finding {
  if (error instanceof AppError) return fromAppError(error);
  if (error instanceof MalformedRequest) return fromFaults(error.faults, request);
  if (isOutage(error)) {
    return {
      code: 'service.unavailable',
      detail: 'The database or the queue cannot be reached. Try again in a moment.',
    };
  }
  return fromFramework(error as Partial<FastifyError>) ?? internalFault;
}

const internalFault: Finding = {
  code: 'internal.fault',
  detail: 'This is our bug. The log has the cause under this requestId.',
};

function fromAppError(error: AppError): Finding {
  if (error.status === 500) return internalFault;
  const { errors } = error.details;
  return {
    code: error.code,
    detail: error.message,
    ...(isFaultList(errors) ? { errors } : {}),
  };
}

/** A use case may name the faults it found by itself: `details: { errors: [{pointer, detail}] }`. */
function isFaultList(value: unknown): value is readonly RequestFault[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((fault) => typeof fault?.pointer === 'string' && typeof fault.detail === 'string')
  );
}

function fromFaults(known: readonly RequestFault[], request: FastifyRequest): Finding {
  const errors = known.length > 0 ? known : faultsOfRequest(request);
  // No resource can have an id of that form, so asking for it is asking for one that is not there.
  if (errors.some((fault) => fault.in === 'path')) {
    return { code: 'resource.unknown', detail: 'There is nothing with this id.', errors };
  }
  return {
    code: 'request.malformed',
    detail: errors.map((fault) => `${whereOf(fault)} ${fault.detail}`).join('; '),
    errors,
  };
}

function whereOf(fault: RequestFault): string {
  return fault.pointer === '' ? `the ${fault.in ?? 'body'}` : fault.pointer;
}

/** Fastify's own refusals, by their status; undefined when it is no refusal but a fault. */
function fromFramework({ statusCode, code }: Partial<FastifyError>): Finding | undefined {
  switch (statusCode) {
    case 400:
      return { code: 'request.malformed', detail: malformedBecause(code) };
    case 404:
      return { code: 'resource.unknown', detail: 'There is nothing here.' };
    case 413:
      return { code: 'request.too-large', detail: 'The body is larger than this route takes.' };
    case 414:
      return { code: 'resource.unknown', detail: 'There is nothing with an id this long.' };
    case 415:
      return {
        code: 'request.media-type',
        detail: 'Send the body as application/json.',
      };
    case 503:
      return { code: 'service.unavailable', detail: 'The service is shutting down.' };
    default:
      return undefined;
  }
}

function malformedBecause(code: string | undefined): string {
  switch (code) {
    case 'FST_ERR_BAD_URL':
      return 'The path is not well percent-encoded.';
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return 'The body is not as long as Content-Length says.';
    default:
      return 'The body is not JSON we can read.';
  }
}
