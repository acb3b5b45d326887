import type { FastifyInstance } from 'fastify';

export interface MethodTable {
  /** The methods that this path would answer, sorted; empty when nothing is there. */
  methodsOf(path: string): string[];
}

/**
 * Fastify answers 404 for a path it knows with a method it does not. This remembers which methods
 * each path has, so that the answer can be 405 with `Allow`. Call before the routes are added.
 */
export function trackMethods(app: FastifyInstance): MethodTable {
  const routes = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const known = routes.get(url) ?? new Set();
    for (const each of [method].flat()) known.add(each);
    routes.set(url, known);
  });
  return {
    methodsOf: (path) => {
      const methods = [...routes].filter(([pattern]) => fits(pattern, path)).map(([, set]) => set);
      return [...new Set(methods.flatMap((set) => [...set]))].sort();
    },
  };
}

function fits(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const given = path.split('/');
  return (
    wanted.length === given.length &&
    wanted.every((part, at) => (part.startsWith(':') ? given[at] !== '' : part === given[at]))
  );
}
