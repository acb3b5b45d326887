/** What pg and ioredis say when their server cannot be reached or throws us out. */
const outageCodes: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  '53300', // too_many_connections
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
]);

/** pg's own words when a connection ends under a query or the pool gives none; it has no code. */
const outageMessages = /^(Connection terminated|timeout exceeded when trying to connect)/;

/** True when the database or the queue is away, not wrong: worth trying again in a moment. */
export function isOutage(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isOutage);
  if (!(error instanceof Error)) return false;
  const code = 'code' in error ? String(error.code) : '';
  if (outageCodes.has(code) || /^08[0-9A-Z]{3}$/.test(code)) return true;
  return outageMessages.test(error.message);
}
