import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply } from 'fastify';
import { page } from '../page.ts';
import { dashboardPolicy } from '../security-headers.ts';
import { sendPage } from './problems.ts';

const hidden = { config: { access: 'public' }, schema: { hide: true } } as const;

/** The built dashboard: hashed files under assets/ for ever, everything else asked again. */
export function addDashboard(app: FastifyInstance, dashboardDir: string): void {
  const options = {
    root: dashboardDir,
    dotfiles: 'ignore' as const,
    cacheControl: false,
    schemaHide: true,
    setHeaders: (reply: FastifyReply, path: string) => {
      reply.header('content-security-policy', dashboardPolicy);
      reply.header('cache-control', cachingOf(path));
    },
  };
  // For `sendFile` everywhere; the routes have a scope of their own, where they need no key.
  app.register(fastifyStatic, { ...options, serve: false });
  app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'public' };
    });
    // A route for each file that is there: whatever else is asked for reaches the 404 handler.
    await scope.register(fastifyStatic, {
      ...options,
      serve: true,
      wildcard: false,
      decorateReply: false,
    });
  });
}

function cachingOf(path: string): string {
  return /[\\/]assets[\\/]/.test(path) ? 'public, max-age=31536000, immutable' : 'no-cache';
}

/** The dashboard's own routes live in the browser: they all get its one page. */
export function sendDashboard(reply: FastifyReply): FastifyReply {
  return reply.sendFile('index.html');
}

/** `/` where no dashboard was built. */
export function aboutRoutes(): FastifyPluginAsync {
  return async (app) => {
    app.get('/', hidden, (_request, reply) => sendPage(reply, aboutPage));
  };
}

const aboutPage = page(
  'Gauntlet',
  `<p>A live-migration stress-test orchestrator: it reproduces rare guest bugchecks and measures their
rate before and after a fix. The dashboard is not built here; the HTTP API is ready.</p>
<ul>
<li><a href="/docs">The API, to read and to try</a></li>
<li><a href="/api/v1/openapi.json">Its OpenAPI document</a></li>
<li><a href="/health/ready">Whether it is ready</a></li>
<li><a href="/problems">What its errors mean</a></li>
</ul>`,
);
