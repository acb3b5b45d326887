import { authorization } from './api-key.ts';
import { heard } from './contact.ts';
import { type Failure, toFailure, unreachable } from './failure.ts';

export const apiRoot = '/api/v1';
/** A poll that takes longer counts as no answer, so that a stale screen says so in time. */
const answerMsMax = 8_000;

export type Answer<Body> =
  | { readonly kind: 'body'; readonly body: Body; readonly etag: string | null }
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** Reads one resource; `etag` of the last answer saves the body when nothing changed. */
export async function read<Body>(
  path: string,
  etag: string | null,
  signal: AbortSignal,
): Promise<Answer<Body>> {
  const headers: Record<string, string> = { accept: 'application/json', ...authorization() };
  if (etag !== null) headers['if-none-match'] = etag;
  return ask<Body>(path, { headers, cache: 'no-store' }, signal);
}

export type Method = 'POST' | 'PATCH' | 'DELETE';

/** One action: what the buttons do, and what the shell lines beside them say. */
export interface Action {
  readonly method: Method;
  /** Below `/api/v1`. */
  readonly path: string;
  readonly body?: unknown;
}

/** Sends an action once, under its own idempotency key: a double click does not start it twice. */
export async function send<Body>(action: Action, idempotencyKey?: string): Promise<Answer<Body>> {
  const headers: Record<string, string> = { accept: 'application/json', ...authorization() };
  if (action.body !== undefined) headers['content-type'] = 'application/json';
  if (idempotencyKey !== undefined) headers['idempotency-key'] = idempotencyKey;
  const init: RequestInit = { method: action.method, headers };
  if (action.body !== undefined) init.body = JSON.stringify(action.body);
  return ask<Body>(action.path, init, AbortSignal.timeout(30_000));
}

async function ask<Body>(
  path: string,
  init: RequestInit,
  signal: AbortSignal,
): Promise<Answer<Body>> {
  try {
    const response = await fetch(apiRoot + path, {
      ...init,
      signal: init.method === undefined ? withLimit(signal) : signal,
    });
    if (response.status !== 502 && response.status !== 504) heard();
    if (response.status === 304) return { kind: 'unchanged' };
    if (!response.ok) return { kind: 'failed', failure: await toFailure(response) };
    const body = (response.status === 204 ? null : await response.json()) as Body;
    return { kind: 'body', body, etag: response.headers.get('etag') };
  } catch {
    return { kind: 'failed', failure: unreachable };
  }
}

function withLimit(signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(answerMsMax)]);
}
