/** The closed catalogue of errors: the code alone fixes status, title and whether to try again. */
export const errorCatalog = {
  'request.malformed': { status: 400, title: 'Malformed request', retryable: false },
  'auth.missing': { status: 401, title: 'Authentication required', retryable: false },
  'auth.forbidden': { status: 403, title: 'Not allowed for this role', retryable: false },
  'resource.unknown': { status: 404, title: 'No such resource', retryable: false },
  'request.method': { status: 405, title: 'Method not allowed here', retryable: false },
  'state.conflict': { status: 409, title: 'Not possible in this state', retryable: false },
  'idempotency.conflict': {
    status: 409,
    title: 'Idempotency-Key was used with another body',
    retryable: false,
  },
  'request.too-large': { status: 413, title: 'Request too large', retryable: false },
  'request.media-type': { status: 415, title: 'Unsupported content type', retryable: false },
  'request.impossible': { status: 422, title: 'Well-formed but impossible', retryable: false },
  'request.too-many': { status: 429, title: 'Too many requests', retryable: true },
  'internal.fault': { status: 500, title: 'Internal fault', retryable: false },
  'service.unavailable': { status: 503, title: 'Temporarily unavailable', retryable: true },
  'cluster.silent': { status: 503, title: 'No worker answered for this cluster', retryable: true },
  'driver.unknown': { status: 422, title: 'No such driver', retryable: false },
  'driver.options': { status: 422, title: 'Driver options do not fit', retryable: false },
  'driver.unavailable': { status: 503, title: 'Driver cannot work here', retryable: true },
  'driver.vm-unknown': { status: 422, title: 'The cluster has no such VM', retryable: false },
  'driver.host-unknown': { status: 422, title: 'The cluster has no such host', retryable: false },
  'migration.aborted': { status: 503, title: 'Migration was cancelled', retryable: false },
} as const satisfies Record<
  string,
  { readonly status: number; readonly title: string; readonly retryable: boolean }
>;

export type ErrorCode = keyof typeof errorCatalog;

/** An operation failed. `message` says what happened and what to do; `details` are data for people. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { details?: Readonly<Record<string, unknown>>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }

  get status(): number {
    return errorCatalog[this.code].status;
  }

  get retryable(): boolean {
    return errorCatalog[this.code].retryable;
  }
}
