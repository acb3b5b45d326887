import { createSilentLogger } from '@gauntlet/shared/platform/logger';
import { systemClock } from '@gauntlet/shared/platform/system-clock';
import { createHypervDriver } from '../../../src/drivers/hyperv/hyperv-driver.ts';
import { type Desk, openDesk, type ShellStyle, standInModule } from './desk.ts';
import { createModelCluster, type ModelOptions } from './model-cluster.ts';

export interface StandInOptions {
  readonly model?: ModelOptions;
  readonly style?: ShellStyle;
  readonly driver?: Readonly<Record<string, unknown>>;
  readonly secrets?: Readonly<Record<string, string>>;
}

/** The driver's options for a stand-in: every wait is short. */
export function standInOptions(executable: string): Record<string, unknown> {
  return {
    testCluster: true,
    cluster: 'lab',
    executable,
    modulePath: standInModule,
    pollMs: 15,
    heartbeatLostMs: 150,
    cancelMs: 2000,
    callMs: 5000,
    dumpMs: 500,
    recoverMs: 10_000,
  };
}

/** The real driver and the real node-powershell over a stand-in shell and a model cluster. */
export async function openStandIn(options: StandInOptions = {}) {
  const cluster = createModelCluster(options.model);
  const desk: Desk = await openDesk((request) => cluster.answer(request));
  const executable = await desk.installShell(options.style);
  const driver = await createHypervDriver({
    clusterId: '0190c0de-0000-7000-8000-00000000000c',
    clusterName: 'lab',
    options: { ...standInOptions(executable), ...options.driver },
    clock: systemClock,
    stateDir: import.meta.dirname,
    log: createSilentLogger(),
    secret: (reference) => options.secrets?.[reference],
  });
  return {
    cluster,
    desk,
    driver,
    async [Symbol.asyncDispose]() {
      await driver[Symbol.asyncDispose]();
      await desk[Symbol.asyncDispose]();
    },
  };
}
