import { drawUnit } from '@gauntlet/shared/kernel/stream';
import { toLoadFactor } from './disk.ts';
import type { TimingOptions, VmOptions } from './options.ts';

const bitsPerMiB = 8 * 1024 * 1024;
/** The share of its memory a guest under full load dirties while it is copied. */
const dirtyShare = 0.3;

/**
 * Simulated ms of copy and blackout of one migration, each within 5 and 20 % of its mean.
 * Pure in (seed, k).
 */
export function durationsOf(
  vm: VmOptions,
  timing: TimingOptions,
  { seed, k, slowness }: { seed: number; k: number; slowness: number },
): { readonly copyMs: number; readonly blackoutMs: number } {
  const onceMs = (vm.memoryMiB * bitsPerMiB) / (timing.bandwidthMbps * 1000);
  const dirty = 1 + dirtyShare * Math.min(1, toLoadFactor(vm.load));
  return {
    copyMs: Math.ceil(onceMs * dirty * slowness * (0.95 + 0.1 * drawUnit(seed, 'copy', k))),
    blackoutMs: Math.ceil(timing.blackoutMs * (0.8 + 0.4 * drawUnit(seed, 'blackout', k))),
  };
}
