import type { Fault } from '@gauntlet/shared/contracts/faults';
import { child, faultsMax } from '@gauntlet/shared/contracts/faults';
import type { FastifyInstance } from 'fastify';
import { MalformedRequest } from './malformed-request.ts';

/** Deeper bodies are refused: what we accept is six levels deep, plus a driver's options. */
const depthMax = 64;

/** What a JSON escape can write and no text column can hold. */
const unstorableEscape = /\\u(?:0000|d[89a-f][0-9a-f]{2})/i;

/** JSON and nothing else; other parts of the edge may add their own types in their own scope. */
export function acceptJsonOnly(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (request, body, done) => {
    const text = typeof body === 'string' ? body : body.toString('utf8');
    // Clients send the header with an empty body when they post to /stop.
    if (text.trim() === '') return done(null, undefined);
    if (isTooDeep(text)) {
      return done(
        new MalformedRequest([
          { in: 'body', pointer: '', detail: `must not nest deeper than ${depthMax} levels` },
        ]),
      );
    }
    return parseJson(request, text, (error, value) => {
      if (error !== null) return done(error);
      const faults = unstorableEscape.test(text) ? unstorableText(value) : [];
      if (faults.length === 0) return done(null, value);
      return done(new MalformedRequest(faults.map((fault) => ({ in: 'body', ...fault }))));
    });
  });
}

/** Counts brackets outside strings, so that neither we nor what we call recurses too deep. */
function isTooDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (inString) {
      if (char === '\\') at += 1;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === '{' || char === '[') depth += 1;
    else if (char === '}' || char === ']') depth -= 1;
    if (depth > depthMax) return true;
  }
  return false;
}

/** Where strings or keys have NUL or half of a surrogate pair; PostgreSQL stores neither. */
function unstorableText(value: unknown, pointer = ''): Fault[] {
  if (typeof value === 'string') return isStorable(value) ? [] : [unstorable(pointer)];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value)
    .flatMap(([key, entry]) => [
      ...(isStorable(key) ? [] : [unstorable(pointer)]),
      ...unstorableText(entry, child(pointer, key.toWellFormed().replaceAll('\0', '\uFFFD'))),
    ])
    .slice(0, faultsMax);
}

export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}

export function unstorable(pointer: string): Fault {
  return { pointer, detail: 'must be Unicode text without NUL or half of a surrogate pair' };
}
