import { drawUnit } from '@gauntlet/shared/kernel/stream';
import { type HostSoftware, hasXchgDefect } from './host-files.ts';
import type { DefectOptions, VmOptions } from './options.ts';

/** The probability that the probe loses an exchange after one migration, in closed form. */
export function lostExchangeRate(defects: DefectOptions): number {
  return -Math.expm1(-defects.lostExchangesPerSecond * defects.exchangeSeconds);
}

/**
 * The emulated XCHG is not atomic: a probe that exchanges values between two virtual processors
 * for `exchangeSeconds` after each migration sees one lost, as a Poisson event.
 *
 * @param seed the VM's own seed
 * @param k ordinal of the migration of this VM
 * @returns what the probe says, or null
 */
export function runExchangeProbe(
  vm: VmOptions,
  host: HostSoftware,
  { seed, k, defects }: { seed: number; k: number; defects: DefectOptions },
): string | null {
  if (!vm.exchangeProbe || vm.vcpus < 2 || !hasXchgDefect(host)) return null;
  if (drawUnit(seed, 'xchg.lost', k) >= lostExchangeRate(defects)) return null;
  return `1 exchange lost in ${defects.exchangeSeconds} s between virtual processors 0 and 1`;
}
