import type { IncomingMessage } from 'node:http';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { DebuggerTextView, DumpHeaderView, EventView } from '@gauntlet/shared/contracts/evidence';
import { createDumpReader } from '@gauntlet/shared/evidence/dump-reader';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { FastifyInstance } from 'fastify';
import Type from 'typebox';
import {
  toDebuggerTextView,
  toDumpHeaderView,
  toEventView,
} from '../../application/analyze-evidence.ts';
import { MalformedRequest } from '../malformed-request.ts';
import { NoQuery } from './shared-schemas.ts';

/** Debugger logs of many dumps; beyond it nobody reads them either. */
const textBytesMax = 8 * 1024 * 1024;
/** How long the rest of an upload is thrown away before its connection is ended. */
const drainMsMax = 3000;

// Nothing is stored and nothing is changed, so a reader may ask; a stream cannot be compared.
const stateless = { access: 'viewer', idempotent: false } as const;
const tags = ['bugchecks'];

/** For people with a dump and no cluster. */
export function evidenceAnalysisRoutes({ clock }: { clock: Clock }): FastifyPluginAsyncTypebox {
  return async (app) => {
    await app.register(async (scope) => addDumpRoute(scope, clock));
    await app.register(async (scope) => addTextRoutes(scope));
  };
}

function addDumpRoute(app: FastifyInstance, clock: Clock): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/octet-stream', (_request, payload, done) => {
    done(null, payload);
  });
  app.post(
    '/evidence/dump-header',
    {
      config: stateless,
      schema: {
        tags,
        summary: 'Read the header of a crash dump',
        description:
          'Send a MEMORY.DMP or a minidump, whole or its first MiB: only its head is read.',
        querystring: NoQuery,
        body: { content: { 'application/octet-stream': { schema: Type.Any() } } },
        response: { 200: DumpHeaderView },
      },
    },
    async (request, reply) => {
      const reader = createDumpReader(clock.now());
      const body = request.body as AsyncIterable<Uint8Array> | undefined;
      for await (const chunk of leave(body ?? [])) if (reader.push(chunk) === 'enough') break;
      void endUpload(request.raw, clock);
      return reply.send(toDumpHeaderView(reader.finish()));
    },
  );
}

/** Breaking off must not destroy the request, or its answer would never leave. */
async function* leave(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
  if (Symbol.asyncIterator in body && 'iterator' in body && typeof body.iterator === 'function') {
    yield* body.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>;
  } else yield* body;
}

/** The rest of a dump may be 100 GB: it is thrown away for a moment, then the line is cut. */
async function endUpload(request: IncomingMessage, clock: Clock): Promise<void> {
  if (request.complete) return;
  request.resume();
  await clock.sleep(drainMsMax);
  if (!request.complete) request.socket.destroy();
}

function addTextRoutes(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  for (const type of ['text/plain', 'application/xml', 'text/xml']) {
    app.addContentTypeParser(type, { parseAs: 'buffer' }, (_request, body, done) => {
      done(null, decodeText(Buffer.from(body)));
    });
  }
  app.post(
    '/evidence/debugger-text',
    {
      config: stateless,
      bodyLimit: textBytesMax,
      schema: {
        tags,
        summary: 'Read what !analyze -v printed',
        querystring: NoQuery,
        body: { content: { 'text/plain': { schema: Type.String() } } },
        response: { 200: DebuggerTextView },
      },
    },
    async (request) => toDebuggerTextView(textOf(request.body)),
  );
  app.post(
    '/evidence/event',
    {
      config: stateless,
      schema: {
        tags,
        summary: 'Read one Windows event about a crash',
        querystring: NoQuery,
        body: {
          content: {
            'application/xml': { schema: Type.String() },
            'text/xml': { schema: Type.String() },
          },
        },
        response: { 200: EventView },
      },
    },
    async (request) => {
      const view = toEventView(textOf(request.body));
      if (!('fault' in view)) return view;
      throw new MalformedRequest([{ in: 'body', pointer: '', detail: view.fault }]);
    },
  );
}

function textOf(body: unknown): string {
  return typeof body === 'string' ? body : '';
}

/** UTF-8, or UTF-16 with its mark, as Windows PowerShell and the event viewer save it. */
function decodeText(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le', 2);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) {
    const even = bytes.subarray(2, bytes.length - (bytes.length % 2));
    return Buffer.from(even).swap16().toString('utf16le');
  }
  return bytes.toString('utf8');
}
