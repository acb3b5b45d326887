import { createHash } from 'node:crypto';
import { AppError } from '@gauntlet/shared/contracts/errors';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { canonicalJson } from '../application/canonical-json.ts';
import type { IdempotencyStore, StoredAnswer } from '../application/use-cases.ts';
import { MalformedRequest } from './malformed-request.ts';

/** Requests under one key that wait for the first of them, over all keys. */
const runningMax = 1000;
const keptHeaders = ['content-type', 'location'] as const;

/** The first request with a key, while its answer is being made. */
interface Running {
  readonly requestHash: string;
  readonly ended: Promise<void>;
  readonly end: () => void;
}

/**
 * `Idempotency-Key` on POST: one request runs, every other with the same key and body gets its
 * answer, even while it is still running. Faults of ours (5xx) are not kept: the next one runs anew.
 *
 * An orchestrator that dies between the use case's commit and the keeping of the answer forgets it;
 * unique names then refuse the second one.
 */
export function addIdempotency(app: FastifyInstance, store: IdempotencyStore): void {
  const running = new Map<string, Running>();
  const mine = new WeakMap<FastifyRequest, { key: string; run: Running }>();

  app.addHook('preHandler', async (request, reply) => {
    const key = keyOf(request);
    if (key === undefined) return;
    const requestHash = hashOf(request);
    const answer = await answerOrTurn({ running, store }, key, requestHash);
    if (answer !== undefined) return replay(reply, answer);
    const run = begin(requestHash);
    running.set(key, run);
    mine.set(request, { key, run });
  });

  app.addHook('onSend', async (request, reply, payload) => {
    const own = mine.get(request);
    if (own === undefined) return payload;
    try {
      if (reply.statusCode < 500) {
        await store.save(own.key, toAnswer(own.run.requestHash, reply, payload));
      }
    } catch (err) {
      // What was asked for is done; failing now would invite the client to do it twice.
      request.log.error({ err }, 'answer not kept: its idempotency key is worth nothing');
    } finally {
      mine.delete(request);
      running.delete(own.key);
      own.run.end();
    }
    return payload;
  });
}

/** The answer to repeat, or undefined when it is this request's turn to run. */
async function answerOrTurn(
  { running, store }: { running: ReadonlyMap<string, Running>; store: IdempotencyStore },
  key: string,
  requestHash: string,
): Promise<StoredAnswer | undefined> {
  // Each round either ends here or waits for a request that had the turn: bounded by their number.
  for (let round = 0; round < runningMax; round += 1) {
    const answer = await store.find(key);
    if (answer !== undefined) {
      assertSame(answer.requestHash, requestHash);
      return answer;
    }
    // No await between this look and the caller's `running.set`: nobody can slip in.
    const other = running.get(key);
    if (other === undefined) break;
    assertSame(other.requestHash, requestHash);
    await other.ended;
  }
  if (running.size < runningMax) return undefined;
  throw new AppError('service.unavailable', 'Too many requests with an Idempotency-Key at once.');
}

function assertSame(first: string, second: string): void {
  if (first === second) return;
  throw new AppError(
    'idempotency.conflict',
    'This Idempotency-Key came with another request before. Use a new key for a new request.',
  );
}

function begin(requestHash: string): Running {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { requestHash, ended: promise, end: resolve };
}

/** Keys of different callers never meet. */
function keyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (request.method !== 'POST' || key === undefined) return undefined;
  const { idempotent, killSwitch } = request.routeOptions.config;
  // A stop is the same done twice, and must be done each time: after a release it stops anew.
  if (idempotent === false || killSwitch === true) return undefined;
  if (typeof key === 'string' && /^[\x21-\x7e]{1,255}$/.test(key)) {
    return createHash('sha256').update(`${request.callerId}\n${key}`).digest('hex');
  }
  throw new MalformedRequest([
    {
      in: 'header',
      pointer: '/idempotency-key',
      detail: 'must be 1 to 255 visible ASCII characters',
    },
  ]);
}

/** The same fields in another order are the same body. Depth is bounded where bodies are read. */
function hashOf(request: FastifyRequest): string {
  const content = canonicalJson([request.method, request.url, request.body ?? null]);
  return createHash('sha256').update(content).digest('hex');
}

function toAnswer(requestHash: string, reply: FastifyReply, payload: unknown): StoredAnswer {
  const headers = keptHeaders.flatMap((name) => {
    const value = reply.getHeader(name);
    return value === undefined ? [] : [[name, String(value)] as const];
  });
  return {
    requestHash,
    status: reply.statusCode,
    headers: Object.fromEntries(headers),
    body: typeof payload === 'string' ? payload : '',
  };
}

function replay(reply: FastifyReply, answer: StoredAnswer): FastifyReply {
  return reply
    .code(answer.status)
    .headers({ ...answer.headers, 'idempotent-replayed': 'true' })
    .serializer(String)
    .send(answer.body);
}
