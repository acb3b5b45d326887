import { systemIds } from '@gauntlet/shared/platform/ids';
import Fastify, { type FastifyBaseLogger, type FastifyInstance, LogController } from 'fastify';
import { addAuth } from './auth.ts';
import { createClientErrorHandler } from './client-error.ts';
import type { ServerDeps } from './deps.ts';
import { addEtags } from './etag.ts';
import { addIdempotency } from './idempotency.ts';
import { acceptJsonOnly } from './json-body.ts';
import { trackMethods } from './method-table.ts';
import { addNotFound } from './not-found.ts';
import { addOpenapi } from './openapi.ts';
import { addProblemHandler, sendProblem } from './problem-handler.ts';
import { addRateLimit, generousRateLimit } from './rate-limit.ts';
import { analysisRoutes, methodRoutes } from './routes/analysis.ts';
import { attemptRoutes } from './routes/attempts.ts';
import { bucketMoveRoutes, bugcheckRoutes } from './routes/bugchecks.ts';
import { campaignActionRoutes, campaignRoutes } from './routes/campaigns.ts';
import { clusterRoutes, clusterStateRoutes } from './routes/clusters.ts';
import { aboutRoutes, addDashboard } from './routes/dashboard.ts';
import { eventRoutes } from './routes/events.ts';
import { evidenceRoutes } from './routes/evidence.ts';
import { evidenceAnalysisRoutes } from './routes/evidence-analysis.ts';
import { laneRoutes } from './routes/lanes.ts';
import { deliveryRoutes, notificationRoutes } from './routes/notifications.ts';
import { healthRoutes, metricsRoutes, systemRoutes } from './routes/operations.ts';
import { problemRoutes } from './routes/problems.ts';
import { reportRoutes } from './routes/reports.ts';
import { retentionRoutes } from './routes/retention.ts';
import { oneScheduleRoutes, scheduleRoutes } from './routes/schedules.ts';
import { killSwitchRoutes } from './routes/stop.ts';
import { campaignAnalysisRoutes, comparisonRoutes } from './routes/verdicts.ts';
import { addSecurityHeaders, setCommonHeaders } from './security-headers.ts';
import { addValidation } from './validation.ts';

/** Stated here rather than inherited: what one client can take from the service. */
export const serverLimits = {
  bodyBytesMax: 1024 * 1024,
  headerBytesMax: 16 * 1024,
  /** Longest id in a path is a SHA-256. */
  pathParameterLengthMax: 128,
  headersMsMax: 30_000,
  /** A whole request, an uploaded dump included. */
  requestMsMax: 300_000,
  /** A socket on which nothing moves; event streams send a heartbeat every 15 s. */
  idleMsMax: 120_000,
  keepAliveMs: 65_000,
  connectionsMax: 2048,
} as const;

/**
 * The HTTP edge over the use cases. The caller listens (after `assertListenAddress`) and closes;
 * closing ends open event streams and lets running requests finish.
 */
export function createServer(deps: ServerDeps): FastifyInstance {
  const ids = deps.ids ?? systemIds;
  const app = Fastify({
    loggerInstance: deps.log as FastifyBaseLogger,
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => ids.next(),
    requestIdHeader: false,
    trustProxy: false,
    bodyLimit: serverLimits.bodyBytesMax,
    connectionTimeout: serverLimits.idleMsMax,
    keepAliveTimeout: serverLimits.keepAliveMs,
    requestTimeout: serverLimits.requestMsMax,
    routerOptions: { maxParamLength: serverLimits.pathParameterLengthMax },
    http: {
      maxHeaderSize: serverLimits.headerBytesMax,
      headersTimeout: serverLimits.headersMsMax,
    },
    frameworkErrors: (error, request, reply) => {
      setCommonHeaders(request, reply);
      void sendProblem(error, request, reply);
    },
    clientErrorHandler: createClientErrorHandler(ids),
  });
  app.server.maxConnections = serverLimits.connectionsMax;
  const methods = trackMethods(app);
  addSecurityHeaders(app);
  addRequestLog(app);
  addRateLimit(app, deps.clock, generousRateLimit);
  addAuth(app, deps);
  addValidation(app);
  acceptJsonOnly(app);
  addProblemHandler(app);
  addNotFound(app, { methods, hasDashboard: deps.dashboardDir !== undefined });
  addOpenapi(app);
  addRoutes(app, deps);
  return app;
}

/** What was asked and answered, for whoever turns the level up; info tells of campaigns. */
function addRequestLog(app: FastifyInstance): void {
  app.addHook('onResponse', async ({ log, method, url }, reply) => {
    const { statusCode: status, elapsedTime: durationMs } = reply;
    log.debug({ method, url, status, durationMs }, 'request answered');
  });
}

function addRoutes(app: FastifyInstance, deps: ServerDeps): void {
  app.register(
    async (api) => {
      addEtags(api);
      addIdempotency(api, deps.idempotency);
      await api.register(clusterRoutes(deps.useCases));
      await api.register(clusterStateRoutes(deps.useCases));
      await api.register(killSwitchRoutes(deps.useCases));
      await api.register(campaignRoutes(deps.useCases));
      await api.register(campaignActionRoutes(deps.useCases));
      await api.register(scheduleRoutes(deps.useCases));
      await api.register(oneScheduleRoutes(deps.useCases));
      await api.register(attemptRoutes(deps.useCases));
      await api.register(reportRoutes(deps.useCases));
      await api.register(laneRoutes(deps.useCases));
      await api.register(eventRoutes(deps));
      await api.register(bugcheckRoutes(deps.useCases));
      await api.register(bucketMoveRoutes(deps.useCases));
      await api.register(evidenceRoutes(deps.useCases));
      await api.register(evidenceAnalysisRoutes(deps));
      await api.register(analysisRoutes());
      await api.register(methodRoutes());
      await api.register(campaignAnalysisRoutes(deps.useCases));
      await api.register(comparisonRoutes(deps.useCases));
      await api.register(notificationRoutes(deps.useCases));
      await api.register(deliveryRoutes(deps.useCases));
      await api.register(retentionRoutes(deps.useCases));
      await api.register(systemRoutes(deps));
    },
    { prefix: '/api/v1' },
  );
  app.register(healthRoutes(deps));
  app.register(metricsRoutes(deps));
  app.register(problemRoutes());
  if (deps.dashboardDir === undefined) app.register(aboutRoutes());
  else addDashboard(app, deps.dashboardDir);
}
