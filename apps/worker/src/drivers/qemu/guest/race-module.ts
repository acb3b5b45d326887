import { AppError } from '@gauntlet/shared/contracts/errors';
import type { GuestKernel } from './guest-kernel.ts';
import type { KernelModule } from './kernel-modules.ts';

export async function buildRaceModule(
  _kernel: GuestKernel,
  _cacheDir: string,
  _signal: AbortSignal,
): Promise<KernelModule> {
  throw new AppError('driver.unavailable', 'not yet');
}
