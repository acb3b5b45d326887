import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { AppError } from '@gauntlet/shared/contracts/errors';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { ServerDeps } from '../deps.ts';
import { drainMsMax, streamEvents } from '../event-stream.ts';
import { MalformedRequest } from '../malformed-request.ts';
import { createResponseSink, SlowClient } from '../response-sink.ts';
import { IdParams, strict } from './shared-schemas.ts';

/** Streams open at once. Each costs a socket and a few reads a second, not a backlog. */
const streamsMax = 256;

const EventQuery = Type.Object(
  {
    lastEventId: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: Number.MAX_SAFE_INTEGER,
        description: 'Like the Last-Event-ID header, for clients that cannot send it',
      }),
    ),
  },
  strict,
);

/** `GET /campaigns/{id}/events`. Every open stream ends when the service closes. */
export function eventRoutes(
  deps: Pick<ServerDeps, 'useCases' | 'changeFeed' | 'clock'>,
): FastifyPluginAsyncTypebox {
  return async (app) => {
    const closing = new AbortController();
    let open = 0;
    app.addHook('preClose', async () => closing.abort());
    app.get(
      '/campaigns/:id/events',
      {
        exposeHeadRoute: false,
        schema: {
          tags: ['campaigns'],
          summary: 'Follow a campaign: progress, attempt-settled, bugcheck, state, guard',
          params: IdParams,
          querystring: EventQuery,
          response: {
            200: {
              description: 'Server-sent events; ids resume with Last-Event-ID',
              content: { 'text/event-stream': { schema: Type.String() } },
            },
          },
        },
      },
      async (request, reply) => {
        const lastSeq = lastSeqOf(request, request.query.lastEventId);
        // Before anything is sent: an unknown campaign is a 404, not an empty stream.
        await deps.useCases.getCampaign(request.params.id);
        if (open >= streamsMax) {
          throw new AppError(
            'service.unavailable',
            `${streamsMax} event streams are open already.`,
          );
        }
        open += 1;
        try {
          const options = { campaignId: request.params.id, lastSeq, closing: closing.signal };
          await runStream(deps, options, { request, reply });
        } finally {
          open -= 1;
        }
      },
    );
  };
}

function lastSeqOf(request: FastifyRequest, query: number | undefined): number | undefined {
  // A browser that reconnects sends the header and the URL it began with: the header is newer.
  const header = request.headers['last-event-id'];
  if (header === undefined || header === '') return query;
  const seq = Number(header);
  if (typeof header === 'string' && /^\d{1,16}$/.test(header) && Number.isSafeInteger(seq)) {
    return seq;
  }
  throw new MalformedRequest([
    { in: 'header', pointer: '/last-event-id', detail: 'must be an id of this stream' },
  ]);
}

async function runStream(
  { useCases, changeFeed, clock }: Pick<ServerDeps, 'useCases' | 'changeFeed' | 'clock'>,
  options: { campaignId: string; lastSeq: number | undefined; closing: AbortSignal },
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): Promise<void> {
  const gone = new AbortController();
  const response = reply.raw;
  response.on('close', () => gone.abort());
  response.on('error', () => gone.abort());
  const signal = AbortSignal.any([gone.signal, options.closing]);
  reply.hijack();
  response.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
    // So that the socket goes with the stream when the service closes.
    connection: 'close',
  });
  const sink = createResponseSink(response, { clock, signal, drainMsMax });
  try {
    await streamEvents(useCases, changeFeed, { ...options, sink, clock, signal });
  } catch (err) {
    if (err instanceof SlowClient) request.log.info({}, 'event stream dropped: client too slow');
    else if (!signal.aborted) request.log.warn({ err }, 'event stream broke; the client resumes');
    if (err instanceof SlowClient) response.destroy();
  } finally {
    gone.abort();
    response.end();
  }
}
