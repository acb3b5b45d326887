import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import { Problem } from '@gauntlet/shared/contracts/problem';
import type { FastifyInstance, FastifySchema, RouteOptions } from 'fastify';
import { problemContentType } from './problem-handler.ts';
import { NoBody } from './routes/shared-schemas.ts';

const tags = [
  { name: 'clusters', description: 'Hosts among which VMs can live-migrate; the kill switch' },
  { name: 'campaigns', description: 'Stress experiments: plan, start, pause, stop, follow' },
  { name: 'attempts', description: 'Single migrations or power cycles, and what they found' },
  { name: 'bugchecks', description: 'STOP errors, their buckets and their evidence' },
  { name: 'analysis', description: 'Rates, comparisons, plans: calculators and verdicts' },
  { name: 'operations', description: 'Health, metrics, the state of the service' },
];

/** Swagger UI sets styles by script and has its icons inline; it needs nothing from elsewhere. */
const docsPolicy =
  "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none'; " +
  "base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

/** The document is made from the routes' own schemas: it cannot say what the service does not do. */
export function addOpenapi(app: FastifyInstance): void {
  app.addHook('onRoute', documentProblems);
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Gauntlet',
        version: '1',
        description:
          'Live-migration stress-test orchestrator. Errors are RFC 9457 problems, lists are paged ' +
          'by cursor, every GET has an ETag, every POST takes an Idempotency-Key.',
      },
      servers: [{ url: '/' }],
      tags,
      components: {
        securitySchemes: { apiKey: { type: 'http', scheme: 'bearer' } },
      },
      security: [{ apiKey: [] }, {}],
    },
    transform: ({ schema, url, route }) => ({
      schema: withHeaders(withoutEmptyBody(schema), route),
      url,
    }),
  });
  app.register(async (scope) => {
    scope.addHook('onRoute', (route) => {
      route.config = { ...route.config, access: 'public' };
    });
    await scope.register(swaggerUi, {
      routePrefix: '/docs',
      staticCSP: docsPolicy,
      uiConfig: { url: '/api/v1/openapi.json' },
    });
    scope.get('/api/v1/openapi.json', { schema: { hide: true } }, async () => app.swagger());
  });
}

/** A route that takes no body says so by having none: a body in the document would be required. */
function withoutEmptyBody(schema: FastifySchema | undefined): FastifySchema {
  const { body, ...rest } = schema ?? {};
  return body === undefined || body === NoBody ? rest : { ...rest, body };
}

const documentedHeaders = {
  idempotencyKey: {
    'idempotency-key': {
      type: 'string',
      pattern: '^[\\x21-\\x7e]{1,255}$',
      description: 'The same key with the same body answers the first response again, for a day',
    },
  },
  ifNoneMatch: {
    'if-none-match': { type: 'string', description: 'An ETag; 304 when it is still the same' },
  },
} as const;

/** Headers that hooks read, so no route's schema names them. */
function withHeaders(schema: FastifySchema, { method, url, config }: RouteOptions): FastifySchema {
  if (schema.hide === true || !url.startsWith('/api/v1/')) return schema;
  if (method === 'POST' && config?.killSwitch !== true) {
    return { ...schema, headers: toHeaders(documentedHeaders.idempotencyKey) };
  }
  if (method !== 'GET' || url.endsWith('/events')) return schema;
  const response = { ...(schema.response as object), 304: { description: 'As you have it' } };
  return { ...schema, response, headers: toHeaders(documentedHeaders.ifNoneMatch) };
}

function toHeaders(properties: object): object {
  return { type: 'object', properties };
}

/** Every documented route may answer a problem, and says so. */
function documentProblems(route: RouteOptions): void {
  if (route.schema === undefined || route.schema.hide === true) return;
  const problem = {
    description: 'What went wrong (RFC 9457)',
    content: { [problemContentType.split(';', 1)[0] ?? '']: { schema: Problem } },
  };
  route.schema = {
    ...route.schema,
    response: { ...(route.schema.response as object | undefined), default: problem },
  };
}
