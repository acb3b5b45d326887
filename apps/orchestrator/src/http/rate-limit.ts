import { AppError } from '@gauntlet/shared/contracts/errors';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { FastifyInstance } from 'fastify';

export interface RateLimit {
  /** Requests per second that one address may make for ever. */
  readonly perSecond: number;
  /** Requests it may make at once after a pause. */
  readonly burst: number;
}

/** Far above what people and pages need; it ends a runaway script, not a benchmark. */
export const generousRateLimit: RateLimit = { perSecond: 2000, burst: 10_000 };

/** Addresses remembered; the one that was quiet longest is forgotten first. */
const addressesMax = 4096;

interface Bucket {
  tokens: number;
  filledAtMs: number;
}

/** A token bucket per address. The kill switch is never counted and never refused. */
export function addRateLimit(app: FastifyInstance, clock: Clock, limit: RateLimit): void {
  const buckets = new Map<string, Bucket>();
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.killSwitch === true) return;
    if (takeToken(buckets, request.ip, { nowMs: clock.monotonicMs(), limit })) return;
    reply.header('retry-after', '1');
    throw new AppError(
      'request.too-many',
      `More than ${limit.perSecond} requests a second from your address. Wait a second.`,
    );
  });
}

function takeToken(
  buckets: Map<string, Bucket>,
  address: string,
  { nowMs, limit }: { nowMs: number; limit: RateLimit },
): boolean {
  const bucket = buckets.get(address) ?? { tokens: limit.burst, filledAtMs: nowMs };
  const earned = ((nowMs - bucket.filledAtMs) / 1000) * limit.perSecond;
  bucket.tokens = Math.min(limit.burst, bucket.tokens + earned);
  bucket.filledAtMs = nowMs;
  buckets.delete(address);
  buckets.set(address, bucket);
  const quietest = buckets.keys().next().value;
  if (buckets.size > addressesMax && quietest !== undefined) buckets.delete(quietest);
  if (bucket.tokens < 1) return false;
  bucket.tokens -= 1;
  return true;
}
