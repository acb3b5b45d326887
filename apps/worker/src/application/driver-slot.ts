import type { ClusterDefinition } from '@gauntlet/shared/contracts/cluster-definition';
import { AppError } from '@gauntlet/shared/contracts/errors';
import type { Clock } from '@gauntlet/shared/kernel/clock';
import type { HypervisorDriver } from './ports.ts';

/** A driver that could not be built is tried again after this, ms. */
const rebuildMs = 5_000;

/** A cluster's one driver: built when first needed, built anew when the cluster's options change. */
export interface DriverSlot extends AsyncDisposable {
  /**
   * Lends the driver for as long as `work` runs.
   * @throws AppError why it cannot be built, and whatever `work` throws
   */
  use<Value>(work: (driver: HypervisorDriver) => Promise<Value>): Promise<Value>;
  /** Closes the driver once nobody uses it; those who come meanwhile wait for the new one. */
  replace(definition: ClusterDefinition): Promise<void>;
}

export interface SlotPorts {
  readonly build: (definition: ClusterDefinition) => Promise<HypervisorDriver>;
  readonly clock: Clock;
}

export function createDriverSlot(
  first: ClusterDefinition,
  { build, clock }: SlotPorts,
): DriverSlot {
  let definition = first;
  let opened: Promise<HypervisorDriver> | undefined;
  let rebuildAtMs = Number.POSITIVE_INFINITY;
  let users = 0;
  let idle: PromiseWithResolvers<void> | undefined;
  let changing: Promise<void> | undefined;

  function open(): Promise<HypervisorDriver> {
    if (clock.monotonicMs() >= rebuildAtMs) opened = undefined;
    if (opened === undefined) {
      rebuildAtMs = Number.POSITIVE_INFINITY;
      const building = build(definition);
      building.catch((error: unknown) => {
        const isFinal = error instanceof AppError && !error.retryable;
        if (opened === building && !isFinal) rebuildAtMs = clock.monotonicMs() + rebuildMs;
      });
      opened = building;
    }
    return opened;
  }

  async function close(): Promise<void> {
    if (users > 0) {
      idle = Promise.withResolvers();
      await idle.promise;
      idle = undefined;
    }
    const driver = await opened?.catch(() => undefined);
    opened = undefined;
    await driver?.[Symbol.asyncDispose]();
  }

  function change(then: () => void): Promise<void> {
    const before = changing ?? Promise.resolve();
    const mine = before
      .then(close)
      .finally(then)
      .finally(() => {
        if (changing === mine) changing = undefined;
      });
    changing = mine;
    return mine;
  }

  return {
    async use(work) {
      // A driver that failed to close was closed as well as it could be.
      while (changing !== undefined) await changing.catch(() => {});
      users += 1;
      try {
        return await work(await open());
      } finally {
        users -= 1;
        if (users === 0) idle?.resolve();
      }
    },
    replace: (next) =>
      change(() => {
        definition = next;
      }),
    [Symbol.asyncDispose]: () => change(() => {}),
  };
}
