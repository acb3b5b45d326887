import type { DriverName } from '@gauntlet/shared/domain/inventory';
import type { DriverFactory } from '../application/ports.ts';
import { createHypervDriver } from './hyperv/hyperv-driver.ts';
import { createQemuDriver } from './qemu/qemu-driver.ts';
import { createSimulatedDriver } from './simulated/simulated-driver.ts';

export type DriverFactories = Partial<Readonly<Record<DriverName, DriverFactory>>>;

/** The one place that knows the drivers by name. */
export const driverFactories: DriverFactories = {
  simulated: createSimulatedDriver,
  qemu: createQemuDriver,
  hyperv: createHypervDriver,
};
