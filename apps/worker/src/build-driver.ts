import path from 'node:path';
import type { ClusterDefinition } from '@gauntlet/shared/contracts/cluster-definition';
import { AppError } from '@gauntlet/shared/contracts/errors';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { Logger } from '@gauntlet/shared/platform/logger';
import { toText, within } from './application/limits.ts';
import type { HypervisorDriver } from './application/ports.ts';
import type { DriverFactories } from './drivers/index.ts';

const buildMsMax = 120_000;

export interface BuildParts {
  readonly factories: DriverFactories;
  readonly dataDir: string;
  readonly clock: Clock;
  readonly log: Logger;
  readonly secret: (reference: string) => string | undefined;
}

/** @throws AppError why this worker cannot drive the cluster */
export async function buildDriver(
  definition: ClusterDefinition,
  { factories, dataDir, clock, log, secret }: BuildParts,
): Promise<HypervisorDriver> {
  const factory = factories[definition.driver];
  if (factory === undefined) {
    throw new AppError('driver.unknown', `this worker has no driver ${definition.driver}`);
  }
  const building = factory({
    clusterId: definition.id,
    clusterName: definition.name,
    options: definition.options,
    clock,
    stateDir: path.resolve(dataDir, 'clusters', definition.id),
    log: log.child({ cluster: definition.name, driver: definition.driver }),
    secret,
  });
  const limit = { clock, signal: new AbortController().signal, ms: buildMsMax, abortMs: 1 };
  const built = await within(limit, () => building);
  if (built.kind === 'done') return built.value;
  if (built.kind === 'late') disposeLater(building);
  const error = built.kind === 'failed' ? built.error : undefined;
  const reason = error === undefined ? `not ready within ${buildMsMax} ms` : toText(error);
  log.warn({ cluster: definition.name, driver: definition.driver, reason }, 'driver cannot work');
  if (error instanceof AppError) throw error;
  throw new AppError('driver.unavailable', reason, { cause: error });
}

/** Nobody will use it any more, but it may hold processes and connections. */
function disposeLater(building: Promise<HypervisorDriver>): void {
  building.then((driver) => driver[Symbol.asyncDispose]()).catch(() => {});
}
