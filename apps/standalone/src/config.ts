import {
  type OrchestratorConfig,
  readConnectionsMax,
  readOrchestratorConfig,
} from '@gauntlet/orchestrator/config';
import {
  type Backends,
  type EnvironmentReader,
  type LogSettings,
  readBackends,
  readLogSettings,
} from '@gauntlet/shared/platform/environment';
import { readWorkerConfig, type WorkerConfig } from '@gauntlet/worker/config';

export interface StandaloneConfig extends Backends {
  readonly orchestrator: OrchestratorConfig;
  readonly worker: WorkerConfig;
  readonly log: LogSettings;
  readonly connectionsMax: number;
}

export function readStandalone(read: EnvironmentReader): StandaloneConfig {
  const backends = readBackends(read);
  if (backends.redisUrl !== null && backends.databaseUrl === null) {
    read.fault('REDIS_URL needs DATABASE_URL beside it: the embedded database keeps its own queue');
  }
  return {
    ...backends,
    orchestrator: readOrchestratorConfig(read),
    worker: readWorkerConfig(read),
    log: readLogSettings(read),
    connectionsMax: readConnectionsMax(read),
  };
}
