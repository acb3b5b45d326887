import { createHash } from 'node:crypto';
import { AppError } from '@gauntlet/shared/contracts/errors';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ApiKeyStore, Role } from '../application/use-cases.ts';
import { accessOf, includesRole, isRead } from './access.ts';
import { hostNameOf, isLoopback } from './listen-address.ts';

const anybody = 'open';
/** How long a revoked key may still work, and how often a busy page asks the store. */
const rememberMs = 1000;
const rememberedMax = 1000;

/** The only form in which a key is compared or kept. */
export function hashKey(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/**
 * With keys: every route but the public ones needs a bearer token of the right role. Without:
 * everybody on this machine may do everything, save pages of other sites in a browser here.
 */
export function addAuth(
  app: FastifyInstance,
  { apiKeys, clock }: { apiKeys: ApiKeyStore; clock: Clock },
): void {
  const keys = rememberBriefly(apiKeys, clock);
  app.decorateRequest('callerId', anybody);
  app.addHook('onRequest', async (request) => {
    const needed = accessOf(request);
    if (needed === 'public') return;
    if (await keys.isEmpty()) {
      assertLocal(request);
      return;
    }
    const keyHash = hashKey(bearerToken(request));
    const held = await keys.roleOf(keyHash);
    if (held === undefined) {
      throw new AppError('auth.missing', 'This API key is not known. Ask for another one.');
    }
    if (!includesRole(held, needed)) {
      throw new AppError('auth.forbidden', `This needs the role ${needed}; your key has ${held}.`);
    }
    request.callerId = keyHash;
  });
}

/**
 * The secret itself is never compared: its SHA-256 is looked up, and how long that takes tells
 * nothing that helps to find a 256-bit key. What is remembered is bounded and short-lived.
 */
function rememberBriefly(apiKeys: ApiKeyStore, clock: Clock): ApiKeyStore {
  const remembered = new Map<string, { readonly value: unknown; readonly untilMs: number }>();
  async function recall<Value>(key: string, ask: () => Promise<Value>): Promise<Value> {
    const known = remembered.get(key);
    if (known !== undefined && clock.monotonicMs() < known.untilMs) return known.value as Value;
    const value = await ask();
    if (remembered.size >= rememberedMax) remembered.clear();
    remembered.set(key, { value, untilMs: clock.monotonicMs() + rememberMs });
    return value;
  }
  return {
    roleOf: (keyHash) => recall<Role | undefined>(keyHash, () => apiKeys.roleOf(keyHash)),
    isEmpty: () => recall('is empty', () => apiKeys.isEmpty()),
  };
}

function bearerToken(request: FastifyRequest): string {
  const match = /^Bearer +([\x21-\x7e]{1,512})$/i.exec(request.headers.authorization ?? '');
  if (match?.[1] !== undefined) return match[1];
  throw new AppError('auth.missing', 'Send an API key: "Authorization: Bearer <key>".');
}

/**
 * The open service: its address keeps other machines out, this keeps web pages out. A page of
 * another site can reach loopback from a browser here, by a name that resolves to it (so the Host
 * must be a loopback name) or by posting blindly (so a browser's own headers must say same origin).
 */
function assertLocal(request: FastifyRequest): void {
  const peer = request.socket.remoteAddress;
  const host = hostNameOf(request.headers.host ?? '');
  if (peer === undefined || !isLoopback(peer) || host === undefined || !isLoopback(host)) {
    throw new AppError(
      'auth.forbidden',
      'Without API keys this service answers on this machine only, as localhost or 127.0.0.1.',
    );
  }
  if (isRead(request) || !isCrossSite(request)) return;
  throw new AppError('auth.forbidden', 'A page of another site may not change anything here.');
}

function isCrossSite({ headers }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  return headers.origin !== undefined && headers.origin !== `http://${headers.host}`;
}
