import type { FastifyRequest } from 'fastify';
import type { Role } from '../application/use-cases.ts';

/** Who may use a route: everybody, or callers of at least this role. */
export type Access = 'public' | Role;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Unset: viewer for GET and HEAD, operator for everything else. */
    access?: Access;
    /** The kill switch: never rate-limited, never refused for what its body says. */
    killSwitch?: boolean;
    /** False: no Idempotency-Key here (a streamed body cannot be compared). */
    idempotent?: boolean;
  }
  interface FastifyRequest {
    /** Who asks: `open` without keys, otherwise the hash of the caller's key. */
    callerId: string;
  }
}

const readMethods: ReadonlySet<string> = new Set(['GET', 'HEAD']);

export function isRead(request: FastifyRequest): boolean {
  return readMethods.has(request.method);
}

export function accessOf(request: FastifyRequest): Access {
  // A path nobody serves needs no key: it answers 404 either way and says nothing.
  if (request.is404) return 'public';
  return request.routeOptions.config.access ?? (isRead(request) ? 'viewer' : 'operator');
}

const rank: Readonly<Record<Role, number>> = { viewer: 0, operator: 1, admin: 2 };

export function includesRole(held: Role, needed: Role): boolean {
  return rank[held] >= rank[needed];
}
